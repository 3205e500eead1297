/** What a client key permits with nobody signed in: a yes or no for each, where a key is made and where it is changed. Pure. */
import type { CheckboxSpec } from '../components/index.js';
import type { Translate } from '../i18n/index.js';
import { CLIENT_PERMISSION_NAMES, CLIENT_PERMISSIONS, type Held } from '../../protocol/index.js';

/** Those that stand for what the person may not see themselves are not theirs to give, or to take. */
export function clientPermissionFields(
  t: Translate,
  chosen: ReadonlySet<string>,
  initial: ReadonlySet<string>,
  held: Held,
  toggle: (permission: string) => void,
): readonly CheckboxSpec[] {
  return CLIENT_PERMISSION_NAMES.map((permission, at): CheckboxSpec => {
    const { needs } = CLIENT_PERMISSIONS[permission];
    const mine = needs === null || held.has(needs);
    return {
      name: permission,
      label: t(`client_permission_${permission}`),
      kind: 'checkbox',
      checked: chosen.has(permission),
      initial: initial.has(permission),
      toggle: mine ? () => toggle(permission) : null,
      ...(at === 0 ? { heading: t('client_permissions_heading') } : {}),
      note: mine ? [permission] : [permission, t('permission_not_yours')],
    };
  });
}

/** Returns the set with the permission in it, or without it where it was. */
export function toggled(chosen: ReadonlySet<string>, permission: string): ReadonlySet<string> {
  const next = new Set(chosen);
  if (!next.delete(permission)) next.add(permission);
  return next;
}

/** Returns what was chosen, in the order of the table. */
export const clientPermissionsChosen = (chosen: ReadonlySet<string>) =>
  CLIENT_PERMISSION_NAMES.filter((permission) => chosen.has(permission));
