/**
 * What people may do to roles and by roles, in the words of the rule and none of the server's: nobody gives, changes or keeps
 * a permission that they don't hold, and nobody acts on an account that holds one which they lack.
 */

/** Two who look after roles, each with something that the other lacks, and somebody with nothing. */
export const PEOPLE = ['chief', 'lead', 'other'] as const;
export type Person = (typeof PEOPLE)[number];

export type RoleState = {
  /** What roles of one's own permit. */
  readonly roles: Readonly<Record<string, readonly string[]>>;
  /** The roles that people hold, besides `user`. */
  readonly held: Readonly<Record<Person, readonly string[]>>;
  readonly suspended: boolean;
};

export const BEGINNING: RoleState = {
  roles: {
    chiefs: ['roles.manage', 'roles.assign', 'users.read', 'wiki:write'],
    leads: ['roles.assign', 'users.read', 'users.suspend'],
    // What nobody of them holds.
    tools: ['server.read'],
  },
  held: { chief: ['chiefs'], lead: ['leads'], other: [] },
  suspended: false,
};

const BUILT_IN: Readonly<Record<string, readonly string[]>> = {
  user: ['read', 'write'],
  moderator: ['read', 'write', 'moderate', 'users.read', 'users.suspend'],
};

export type RoleAct = { readonly by: 'chief' | 'lead' } & (
  | {
      readonly action: 'create_role' | 'update_role';
      readonly role: string;
      readonly permissions: readonly string[];
    }
  | { readonly action: 'delete_role'; readonly role: string }
  | { readonly action: 'assign_role' | 'unassign_role'; readonly to: Person; readonly role: string }
  | { readonly action: 'suspend_user'; readonly to: 'other' }
);

export function permissionsIn({ roles, held }: RoleState, person: Person): ReadonlySet<string> {
  return new Set(['user', ...held[person]].flatMap((role) => BUILT_IN[role] ?? roles[role] ?? []));
}

/** Returns what an act is refused with, and null for one that is done; and how everything is afterwards. */
export function carriedOut(state: RoleState, act: RoleAct): { code: string | null; state: RoleState } {
  const mine = permissionsIn(state, act.by);
  const refused = (code: string) => ({ code, state });
  const within = (permissions: Iterable<string>): boolean => [...permissions].every((one) => mine.has(one));
  switch (act.action) {
    case 'create_role':
    case 'update_role':
    case 'delete_role': {
      if (!mine.has('roles.manage')) return refused('forbidden');
      const { role } = act;
      const there = state.roles[role];
      if (act.action === 'create_role') {
        if (!within(act.permissions)) return refused('forbidden');
        if (there !== undefined) return refused('role_taken');
        return { code: null, state: { ...state, roles: { ...state.roles, [role]: act.permissions } } };
      }
      if (there === undefined) return refused('not_found');
      if (!within(there)) return refused('forbidden');
      if (act.action === 'update_role') {
        if (!within(act.permissions)) return refused('forbidden');
        return { code: null, state: { ...state, roles: { ...state.roles, [role]: act.permissions } } };
      }
      if (PEOPLE.some((person) => state.held[person].includes(role))) return refused('role_in_use');
      const rest = Object.entries(state.roles).filter(([name]) => name !== role);
      return { code: null, state: { ...state, roles: Object.fromEntries(rest) } };
    }
    case 'suspend_user':
      if (!mine.has('users.suspend') || !within(permissionsIn(state, act.to))) return refused('forbidden');
      return state.suspended ? refused('wrong_status') : { code: null, state: { ...state, suspended: true } };
    case 'assign_role':
    case 'unassign_role': {
      if (!mine.has('roles.assign') || !within(permissionsIn(state, act.to))) return refused('forbidden');
      const { to, role } = act;
      const theirs = state.held[to];
      if (act.action === 'unassign_role') {
        if (!theirs.includes(role)) return refused('wrong_status');
        return {
          code: null,
          state: { ...state, held: { ...state.held, [to]: theirs.filter((one) => one !== role) } },
        };
      }
      const permits = BUILT_IN[role] ?? state.roles[role];
      if (permits === undefined) return refused('not_found');
      if (!within(permits)) return refused('forbidden');
      if (theirs.includes(role)) return refused('wrong_status');
      return { code: null, state: { ...state, held: { ...state.held, [to]: [...theirs, role].sort() } } };
    }
  }
}

const OWN = ['chiefs', 'leads', 'tools', 'made'];

/** Every act that there is in this world. */
export const ACTS: readonly RoleAct[] = (['chief', 'lead'] as const).flatMap((by): RoleAct[] => [
  ...[[], ['wiki:write'], ['users.suspend'], ['server.read']].map((permissions) => ({
    by,
    action: 'create_role' as const,
    role: 'made',
    permissions,
  })),
  ...OWN.flatMap((role) =>
    [[], ['wiki:write'], ['users.suspend'], ['roles.manage', 'users.suspend']].map((permissions) => ({
      by,
      action: 'update_role' as const,
      role,
      permissions,
    })),
  ),
  ...OWN.map((role) => ({ by, action: 'delete_role' as const, role })),
  ...PEOPLE.flatMap((to) =>
    [...OWN, 'moderator'].map((role) => ({ by, action: 'assign_role' as const, to, role })),
  ),
  ...PEOPLE.flatMap((to) => OWN.map((role) => ({ by, action: 'unassign_role' as const, to, role }))),
  { by, action: 'suspend_user', to: 'other' },
]);
