/** How roles are put into words: what they permit, in groups, and why some can't be changed here. Pure. */
import type { Cell } from '../components/index.js';
import { permissionWord, roleWord, type MessageKey, type Translate, type Words } from '../i18n/index.js';
import {
  BUILT_IN_ROLE_NAMES,
  holdsAll,
  isBuiltInRole,
  type Held,
  type RoleRecord,
} from '../../protocol/index.js';
import { grouped, permitsOf, type PersonState } from '../state/index.js';

/** Returns why a role can't be changed by who holds this; null for one that can be. */
export function roleFixedBecause(role: RoleRecord, held: Held): MessageKey | null {
  if (role.built_in) return 'role_built_in_note';
  return holdsAll(held, role.permissions) ? null : 'role_beyond_note';
}

/** How much it permits, and what, as far as there is room: by names, which are short. */
export function permitsCell({ t }: Words, { permissions }: RoleRecord): Cell {
  if (permissions.length === 0) return { role: 'dim', text: `0  ${t('permissions_none')}` };
  const names = grouped(permissions).flatMap((group) => group.permissions);
  return `${permissions.length}  ${names.join(', ')}`;
}

export const descriptionCell = ({ t }: Words, { description, built_in }: RoleRecord): Cell =>
  built_in ? { role: 'dim', text: t('role_kind_built_in') } : (description ?? '');

/** What of a role one wants elsewhere. */
export const roleCopies = ({
  role,
  permissions,
}: RoleRecord): readonly { label: MessageKey; text: string | null }[] => [
  { label: 'field_name', text: role },
  { label: 'field_permits', text: permissions.length === 0 ? null : permissions.join(' ') },
];

type Lines = readonly (readonly [label: string, value: string])[];

/** Returns a line for each permission, below the name of its group. `more`: what is said behind one. */
export function permissionLines(
  t: Translate,
  permissions: Iterable<string>,
  wordOf: (permission: string) => string = (permission) => permissionWord(t, permission),
): Lines {
  const groups = grouped(permissions);
  if (groups.length === 0) return [[t('field_permits'), t('permissions_none')]];
  return groups.flatMap((group) =>
    group.permissions.map(
      (permission, at) => [at === 0 ? t(`permissions_${group.group}`) : '', wordOf(permission)] as const,
    ),
  );
}

/** Returns all that an account may do by its roles, each with the roles that it comes from; null while these are unknown. */
export function permissionLinesBy(
  t: Translate,
  roles: readonly string[],
  known: PersonState['roles'],
): Lines | null {
  const own = roles.some((role) => !isBuiltInRole(role));
  if (own && known === null) return null;
  const sources = new Map<string, string[]>();
  // The highest of the built-in ones last, as everywhere.
  const order = [
    ...BUILT_IN_ROLE_NAMES.filter((role) => roles.includes(role)),
    ...roles.filter((role) => !isBuiltInRole(role)),
  ];
  for (const role of order)
    for (const permission of permitsOf(known, role) ?? [])
      sources.set(permission, [...(sources.get(permission) ?? []), roleWord(t, role)]);
  return permissionLines(t, sources.keys(), (permission) =>
    t('permission_by', {
      what: permissionWord(t, permission),
      roles: (sources.get(permission) ?? []).join(', '),
    }),
  );
}
