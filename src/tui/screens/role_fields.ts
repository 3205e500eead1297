/** The fields by which a role is made and edited, and what was chosen in them. Pure. */
import type { CheckboxSpec, FieldSpec, FormValues } from '../components/index.js';
import { permissionWord, type Translate } from '../i18n/index.js';
import {
  APPLICATION_PERMISSION,
  COMMON_PERMISSION_NAMES,
  holds,
  LIMITS,
  PERMISSION_NAMES,
  ROLE_NAME,
  type Held,
  type RoleRecord,
} from '../../protocol/index.js';

const KNOWN: readonly string[] = [...PERMISSION_NAMES, ...COMMON_PERMISSION_NAMES];
/** As many as fit into a role, with blanks between. */
const SERVICES_LENGTH_MAX = LIMITS.role_permissions_max * (LIMITS.permission_length_max + 1);
const SERVICES_ROWS_MAX = 3;
const ROLE_NAME_LENGTH_MAX = 32;

export const nameField = (t: Translate): FieldSpec => ({
  name: 'role',
  label: t('field_name'),
  kind: 'text',
  required: true,
  length_max: ROLE_NAME_LENGTH_MAX,
  note: (name) => (ROLE_NAME.test(name.trim()) ? [] : [t('field_role_name_note')]),
});

export const descriptionField = (t: Translate, initial: string): FieldSpec => ({
  name: 'description',
  label: t('field_description'),
  kind: 'text',
  length_max: LIMITS.role_description_length_max,
  initial,
});

export const servicesTyped = (text: string): readonly string[] => [
  ...new Set(text.split(/\s+/).filter((word) => word !== '')),
];

export const servicesOf = (permissions: readonly string[]): readonly string[] =>
  permissions.filter((permission) => !KNOWN.includes(permission));

/** Returns what is wrong with the permissions of services that are typed; null when nothing is. */
export function servicesFault(t: Translate, text: string, held: Held): string | null {
  const typed = servicesTyped(text);
  const unknown = typed.filter(
    (word) => !APPLICATION_PERMISSION.test(word) || word.length > LIMITS.permission_length_max,
  );
  if (unknown.length > 0) return t('field_not_permission', { what: unknown.join(' ') });
  const beyond = typed.filter((word) => !holds(held, word));
  return beyond.length > 0 ? t('field_not_yours', { what: beyond.join(' ') }) : null;
}

export const servicesField = (t: Translate, initial: readonly string[], held: Held): FieldSpec => ({
  name: 'services',
  label: t('field_services'),
  kind: 'area',
  rows_max: SERVICES_ROWS_MAX,
  length_max: SERVICES_LENGTH_MAX,
  initial: initial.join(' '),
  // The last word is still being typed.
  note: (text) => [
    servicesFault(t, /\s$/.test(text) ? text : text.replace(/\S*$/, ''), held) ??
      t('field_services_note', { example: 'wiki:write' }),
  ],
});

/** Returns a yes or no for each permission that there always is; those that the person doesn't hold are not theirs to give. */
export function permissionFields(
  t: Translate,
  chosen: ReadonlySet<string>,
  initial: ReadonlySet<string>,
  held: Held,
  toggle: (permission: string) => void,
): readonly CheckboxSpec[] {
  const groups = { server: PERMISSION_NAMES, common: COMMON_PERMISSION_NAMES } as const;
  return (['server', 'common'] as const).flatMap((group) =>
    groups[group].map((permission, at): CheckboxSpec => {
      const mine = holds(held, permission);
      return {
        name: permission,
        label: permissionWord(t, permission),
        kind: 'checkbox',
        checked: chosen.has(permission),
        initial: initial.has(permission),
        toggle: mine ? () => toggle(permission) : null,
        ...(at === 0 ? { heading: `${t(`permissions_${group}`)}:` } : {}),
        note: mine ? [permission] : [permission, t('permission_not_yours')],
      };
    }),
  );
}

/** Returns all that was chosen, in the order of the server. */
export const permissionsChosen = (chosen: ReadonlySet<string>, values: FormValues): readonly string[] =>
  [...new Set([...chosen, ...servicesTyped(values['services'] ?? '')])].sort();

/** What a role permits now and did not before, and the other way round. */
export function permissionChange(
  before: readonly string[],
  after: readonly string[],
): { readonly given: readonly string[]; readonly taken: readonly string[] } {
  return {
    given: after.filter((permission) => !before.includes(permission)),
    taken: before.filter((permission) => !after.includes(permission)),
  };
}

/** Returns what two people made of the same role: what somebody else saved, with what was given and taken here. */
export function merged(
  before: readonly string[],
  mine: readonly string[],
  theirs: RoleRecord,
): readonly string[] {
  const { given, taken } = permissionChange(before, mine);
  return [...new Set([...theirs.permissions, ...given])].filter((permission) => !taken.includes(permission));
}
