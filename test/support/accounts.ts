/** Invented accounts, sessions, client keys and roles for tests of the interface, always the same. */
import { BUILT_IN_ROLE_RECORDS } from '../../src/protocol/actions/role.js';
import {
  LOCAL_CLIENT_KEY,
  type Account,
  type ClientKeyRecord,
  type RoleRecord,
  type Session,
} from '../../src/protocol/index.js';
import {
  LISTS,
  loadedRows,
  NOBODY,
  queryKey,
  type AppState,
  type ListName,
  type ListOf,
  type PersonState,
  type RowOf,
  type SessionView,
  type SignInEntry,
} from '../../src/tui/state/index.js';

/** 2026-11-20 12:00 UTC */
export const NOW = Date.UTC(2026, 10, 20, 12, 0);
const HOUR_MS = 3_600_000;
const DAY_MS = 24 * HOUR_MS;

export function account(change: Partial<Account> = {}): Account {
  const account_name = change.account_name ?? 'anna';
  return {
    account_id: `a_${account_name.padEnd(20, '0').slice(0, 20)}`,
    account_name,
    first_name: null,
    last_name: null,
    email: `${account_name}@example.test`,
    phone: null,
    bio: null,
    picture_url: null,
    locale: null,
    status: 'active',
    roles: ['user'],
    created_at: NOW - 400 * DAY_MS,
    updated_at: NOW - DAY_MS,
    last_seen_at: NOW - 5 * HOUR_MS,
    password_changed_at: NOW - 12 * DAY_MS,
    version: 3,
    ...change,
  };
}

export const ANNA = account({
  first_name: 'Анна',
  last_name: 'Петрова',
  phone: '+7 900 000-00-00',
  roles: ['admin', 'user'],
  bio: 'Keeps the gate.\nAsks before letting anyone in.',
});

export const ADMIN_SESSION: SessionView = {
  account: ANNA,
  session_id: 's_current0000000000000',
  permissions: [
    'clients.manage',
    'roles.assign',
    'roles.manage',
    'server.read',
    'users.create',
    'users.delete',
    'users.read',
    'users.suspend',
    'users.update',
  ],
};

export const USER_SESSION: SessionView = {
  account: account({ account_name: 'boris' }),
  session_id: 's_boris00000000000000',
  permissions: [],
};

function session(change: Partial<Session>): Session {
  return {
    session_id: 's_current0000000000000',
    current: false,
    client_name: 'auth-tui',
    client_version: '0.1.0',
    os: 'linux',
    host_name: 'lab',
    address: '10.0.0.7',
    last_address: '10.0.0.7',
    created_at: NOW - DAY_MS,
    last_active_at: NOW,
    expires_at: NOW + 30 * DAY_MS,
    ...change,
  };
}

export const SESSIONS: readonly Session[] = [
  session({ current: true }),
  session({
    session_id: 's_kazan',
    host_name: 'kazan',
    address: '95.24.8.1',
    last_address: '185.9.1.4',
    last_active_at: NOW - 130_000,
  }),
  session({
    session_id: 's_tokyo',
    host_name: '東京タワー',
    address: '2001:db8:85a3::8a2e:370:7334',
    last_address: '2001:db8:85a3::8a2e:370:7334',
    last_active_at: NOW - 3 * DAY_MS,
  }),
];

const entry = (hours: number, change: Partial<SignInEntry> = {}): SignInEntry => ({
  at: NOW - hours * HOUR_MS,
  method: 'password',
  success: true,
  failure: null,
  address: '10.0.0.7',
  client_name: 'auth-tui',
  client_version: '0.1.0',
  os: 'linux',
  host_name: 'lab',
  ...change,
});

export const HISTORY: readonly SignInEntry[] = [
  entry(0),
  entry(1, { method: 'resume', address: '185.9.1.4', host_name: 'kazan' }),
  entry(2, { method: 'confirmation', success: false, failure: 'wrong_password' }),
  entry(12, {
    success: false,
    failure: 'wrong_password',
    address: '185.9.1.4',
    client_name: null,
    os: null,
    host_name: null,
    client_version: null,
  }),
  entry(13, { success: false, failure: 'suspended', address: '185.9.1.4' }),
  entry(90, { method: 'code' }),
  entry(9000, { method: 'registration' }),
];

const NAMES = ['ivanov', 'ivan.k', 'диана', 'vivaldi', 'ivana', '山田太郎'] as const;
const STATUSES = ['active', 'active', 'pending', 'suspended'] as const;

/** `count` accounts, with names in several scripts. */
export function manyAccounts(count: number): Account[] {
  return Array.from({ length: count }, (_, at) =>
    account({
      account_id: `a_${String(at).padStart(20, '0')}`,
      account_name: at < NAMES.length ? (NAMES[at] ?? '') : `user${String(at).padStart(5, '0')}`,
      first_name: at === 1 ? 'Иван' : at === 5 ? '山田' : null,
      last_name: at === 1 ? 'Кузнецов' : at === 5 ? '太郎' : null,
      status: STATUSES[at % STATUSES.length] ?? 'active',
      roles: at === 1 ? ['moderator', 'user'] : at === 4 ? ['admin', 'user'] : ['user'],
      last_seen_at: at % 4 === 2 ? null : NOW - at * HOUR_MS,
    }),
  );
}

/** A list whose first page is `rows`, of `count` in all. */
function loaded<N extends ListName>(name: N, rows: readonly RowOf<N>[], count = rows.length): ListOf<N> {
  const list: ListOf<N> = NOBODY.lists[name];
  const complete = rows.length === count;
  return {
    ...list,
    shown_key: queryKey(LISTS[name].first_query),
    pages: new Map([[0, rows]]),
    cursors: complete ? [null] : [null, 'next'],
    total: Math.min(count, 10_000),
    total_is_exact: count <= 10_000,
    row_count: Math.min(count, 10_000),
    complete,
  };
}

/** The users table with `count` accounts of which the first page is loaded. */
export const usersState = (count: number): ListOf<'users'> =>
  loaded('users', manyAccounts(Math.min(count, LISTS.users.page_rows)), count);

export const sessionsState = (rows: readonly Session[]): ListOf<'sessions'> => loaded('sessions', rows);

const keyDates = (days: number, not_after: number | null = null): ClientKeyRecord['current'] => ({
  created_at: NOW - days * DAY_MS,
  not_before: NOW - days * DAY_MS,
  not_after,
  last_used_at: NOW - days * HOUR_MS,
});

export function clientKey(change: Partial<ClientKeyRecord> = {}): ClientKeyRecord {
  return {
    key_id: 'k_4Rt7Yu1Io0Pa3Sd6Fg9H',
    name: 'build machine',
    permissions: [],
    created_at: NOW - 40 * DAY_MS,
    expires_at: null,
    revoked_at: null,
    last_used_at: NOW - 3 * HOUR_MS,
    current: keyDates(40),
    next: null,
    ...change,
  };
}

/** One in each state that there is. */
export const CLIENT_KEYS: readonly ClientKeyRecord[] = [
  LOCAL_CLIENT_KEY,
  clientKey(),
  clientKey({
    key_id: 'k_2Wq9Er8Ty7Ui6Op5As4D',
    name: 'отчёты по ночам',
    expires_at: NOW + 30 * DAY_MS,
    last_used_at: null,
  }),
  clientKey({
    key_id: 'k_6Zx5Cv4Bn3Ml2Kj1Hg0F',
    name: 'mobile backend',
    permissions: ['permissions.check', 'tokens.verify'],
    last_used_at: NOW - 2 * HOUR_MS,
    current: keyDates(50, NOW + 5 * DAY_MS),
    next: keyDates(2),
  }),
  clientKey({ key_id: 'k_8Qa7Zx6Sw5Ed4Cv3Fr2T', name: '東京タワー', expires_at: NOW - 8 * DAY_MS }),
  clientKey({ key_id: 'k_1Pl2Ok3Ij4Uh5Yg6Tf7R', name: 'old laptop', revoked_at: NOW - 9 * DAY_MS }),
];

export const clientKeysState = (rows: readonly ClientKeyRecord[] = CLIENT_KEYS): ListOf<'client_keys'> =>
  loaded('client_keys', rows);

export function role(change: Partial<RoleRecord> = {}): RoleRecord {
  return {
    role: 'editor',
    description: 'writes and tidies the wiki',
    built_in: false,
    permissions: ['users.read', 'wiki:write'],
    created_at: NOW - 40 * DAY_MS,
    updated_at: NOW - 2 * DAY_MS,
    version: 1,
    ...change,
  };
}

/** The built-in ones, and some of one's own: with nothing in it, with much of it, with a way to all the rest. */
export const ROLES: readonly RoleRecord[] = [
  ...BUILT_IN_ROLE_RECORDS,
  role({
    role: 'clerk',
    description: null,
    permissions: ['roles.assign', 'users.create', 'users.read'],
    updated_at: NOW - 300 * DAY_MS,
  }),
  role(),
  role({ role: 'guest', description: '東京タワー', permissions: [] }),
  role({
    role: 'night-operator-of-the-warehouse',
    description: 'Keeps the northern warehouse running while everybody else is asleep.',
    permissions: ['moderate', 'read', 'server.read', 'stock:count', 'stock:move', 'wiki:write', 'write'],
  }),
];

export const rolesState = (rows: readonly RoleRecord[] = ROLES): ListOf<'roles'> => loaded('roles', rows);

/** Parts of a state without their places: what is a person's, what is a list, and the rest. */
export type Given = Partial<Omit<AppState, 'person'>> &
  Partial<Omit<PersonState, 'lists' | 'roles'>> & {
    readonly [N in ListName]?: ListOf<N>;
  } & {
    /** All roles; those of their list unless told. */
    readonly known_roles?: PersonState['roles'];
  };

/** The state of which these are the parts. */
export function stateOf(state: AppState, given: Given): AppState {
  const {
    session,
    password_checked_at,
    locked,
    undo,
    user_detail,
    users,
    sessions,
    history,
    client_keys,
    roles,
    known_roles,
    ...rest
  } = given;
  const { person } = state;
  return {
    ...state,
    ...rest,
    person: {
      session: session ?? person.session,
      password_checked_at:
        password_checked_at === undefined ? person.password_checked_at : password_checked_at,
      locked: locked ?? person.locked,
      undo: undo ?? person.undo,
      resumable: person.resumable,
      user_detail: user_detail ?? person.user_detail,
      roles: known_roles ?? (roles === undefined ? person.roles : loadedRows(roles)),
      lists: {
        users: users ?? person.lists.users,
        sessions: sessions ?? person.lists.sessions,
        history: history ?? person.lists.history,
        client_keys: client_keys ?? person.lists.client_keys,
        roles: roles ?? person.lists.roles,
      },
    },
  };
}

export const HOME_STATE = {
  session: ADMIN_SESSION,
  screens: [{ name: 'home' }],
  sessions: sessionsState(SESSIONS),
  history: loaded('history', HISTORY),
} as const satisfies Given;
