/** The fields by which a profile is edited, one's own or another's, and what was changed in them. Pure. */
import type { FieldSpec, FormValues } from '../components/index.js';
import type { ProfileChanges } from '../effects/index.js';
import type { Translate } from '../i18n/index.js';
import { codePoints, LIMITS, type Account } from '../../protocol/index.js';

export const PROFILE_FIELDS = {
  first_name: LIMITS.name_length_max,
  last_name: LIMITS.name_length_max,
  email: LIMITS.email_length_max,
  phone: LIMITS.phone_length_max,
  bio: LIMITS.bio_length_max,
  picture_url: LIMITS.url_length_max,
  locale: LIMITS.locale_length_max,
} as const;

/** From here on it is told how many characters fit. */
const ROOM_TOLD = 100;

export type ProfileField = keyof typeof PROFILE_FIELDS;
export const PROFILE_FIELD_NAMES = Object.keys(PROFILE_FIELDS) as readonly ProfileField[];

export function profileFields(
  t: Translate,
  account: Account | null,
  names = PROFILE_FIELD_NAMES,
): FieldSpec[] {
  return names.map((name) => ({
    name,
    label: t(`field_${name}`),
    kind: name === 'bio' ? 'area' : 'text',
    length_max: PROFILE_FIELDS[name],
    initial: account?.[name] ?? '',
    note: (value) => {
      const count = PROFILE_FIELDS[name] - codePoints(value);
      return name === 'bio' && count < ROOM_TOLD ? [t('field_room_left', { count })] : [];
    },
  }));
}

/** What can be said of a person with a new account. */
export const PERSON_FIELDS = ['first_name', 'last_name', 'email', 'phone'] as const;

/** Returns what was typed into these fields, without those that were left empty. */
export const personTyped = (values: FormValues): Partial<Record<(typeof PERSON_FIELDS)[number], string>> =>
  Object.fromEntries(
    PERSON_FIELDS.flatMap((name) => {
      const value = (values[name] ?? '').trim();
      return value === '' ? [] : [[name, value]];
    }),
  );

/**
 * Only what differs from `account` as it was shown: a field that nobody touched is never sent, so that cleaning foreign
 * text for the screen can't write the cleaned text back. Empty clears.
 */
export function profileChanges(values: FormValues, account: Account): ProfileChanges | null {
  const changes: ProfileChanges = {};
  for (const name of PROFILE_FIELD_NAMES) {
    const value = values[name] ?? '';
    if (value === (account[name] ?? '')) continue;
    const trimmed = value.trim();
    changes[name] = trimmed === '' ? null : trimmed;
  }
  return Object.keys(changes).length === 0 ? null : changes;
}

/** A field that two states of an account have differently; null where there is nothing. */
export type Difference = {
  readonly name: ProfileField;
  readonly from: string | null;
  readonly to: string | null;
};

export const differences = (
  before: Pick<Account, ProfileField>,
  after: Readonly<Partial<Record<ProfileField, string | null | undefined>>>,
): Difference[] =>
  PROFILE_FIELD_NAMES.flatMap((name) => {
    const [from, to] = [before[name], after[name] ?? null];
    return from === to ? [] : [{ name, from, to }];
  });
