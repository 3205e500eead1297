/** What goes wrong unseen while a password is typed behind dots. */
import type { Translate } from '../i18n/index.js';
import { hasInvisible } from '../text/index.js';

/** Returns a line for each thing in a password that its owner may not have meant. */
export function passwordSlips(t: Translate, password: string): readonly string[] {
  const spaces = [/^\s/.test(password), /\s$/.test(password)];
  return [
    ...(password.trim() === ''
      ? password === ''
        ? []
        : [t('slip_only_spaces')]
      : [
          ...(spaces[0] === true ? [t('slip_space_first')] : []),
          ...(spaces[1] === true ? [t('slip_space_last')] : []),
        ]),
    ...(hasInvisible(password) ? [t('slip_invisible')] : []),
    ...(/\p{Script=Cyrillic}/u.test(password) ? [t('slip_cyrillic')] : []),
  ];
}
