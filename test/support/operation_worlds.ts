/** Little worlds in which calls of operations meet: every row that two of them could want. */
import { createHash } from 'node:crypto';
import {
  accountSubject,
  deviceSubject,
  nameSkeleton,
  sessionSubject,
} from '../../src/server/domain/index.js';
import type { SqlValue } from '../../src/server/store/tx.js';

export const NOW = 1_800_000_000_000;
export const MINUTE = 60_000;
export const DAY = 86_400_000;
/** Long enough ago for everything to be removed. */
export const LONG_AGO = NOW - 800 * DAY;

/** A digest, of a token or a code, by the name it has in these files. */
export const digest = (name: string): Buffer => createHash('sha256').update(name).digest();

export type Row = Readonly<Record<string, SqlValue>>;
/** Rows by their table, in the order in which they can be written. */
export type World = Readonly<Record<string, readonly Row[]>>;

/** Where somebody guesses. */
export const HERE = '203.0.113.5';
export const ELSEWHERE = '198.51.100.7';

type Status = 'active' | 'pending' | 'suspended';

const account = (name: string, status: Status, shown_role = 'user'): Row => ({
  account_id: name,
  account_name: name,
  first_name: name,
  email: `${name}@example.org`,
  email_canonical: `${name}@example.org`,
  status,
  password_hash: status === 'pending' ? null : `hash of ${name}`,
  password_changed_at: status === 'pending' ? null : LONG_AGO,
  created_at: LONG_AGO,
  updated_at: LONG_AGO,
  name_skeleton: nameSkeleton(name),
  shown_role,
});

const roles = (account_id: string, ...names: string[]): Row[] =>
  ['user', ...names].map((role) => ({ account_id, role }));

const session = (session_id: string, account_id: string, more: Row = {}): Row => ({
  session_id,
  account_id,
  token_hash: digest(session_id),
  key_id: 'key',
  client_name: 'a client',
  address: HERE,
  created_at: NOW - DAY,
  last_active_at: NOW - DAY,
  idle_expires_at: NOW + DAY,
  expires_at: NOW + 10 * DAY,
  device_id: null,
  ...more,
});

const device = (device_id: string, last_used_at: number): Row => ({
  device_id,
  account_id: 'ann',
  token_hash: digest(device_id),
  key_id: 'key',
  created_at: LONG_AGO,
  last_used_at,
});

const code = (name: string, account_id: string | null, expires_at: number): Row => ({
  code_hash: digest(name),
  purpose: account_id === null ? 'setup' : 'choose_password',
  account_id,
  created_at: NOW - DAY,
  expires_at,
});

const refreshToken = (name: string, session_id: string, more: Row = {}): Row => ({
  token_hash: digest(name),
  session_id,
  created_at: NOW - DAY,
  rotated_at: null,
  successor_salt: null,
  successor_hash: null,
  ...more,
});

const counter = (subject: string, address: string, last_failure_at: number): Row => ({
  subject,
  address,
  network: address,
  failures: 2,
  last_failure_at,
});

const secret = (secret_id: number, slot: 'current' | 'next', more: Row = {}): Row => ({
  secret_id,
  key_id: 'key',
  slot,
  key: digest(`secret ${secret_id}`),
  created_at: NOW - DAY,
  not_before: NOW - DAY,
  last_used_at: null,
  ...more,
});

const ringKey = (key_id: string, account_id: string | null): Row => ({
  key_id,
  purpose: 'page_cursors',
  account_id,
  state: 'current',
  created_at: NOW - DAY,
  master_id: 'before',
  sealed: digest(key_id),
});

/** How many devices are as many as an account may have, but for one: the oldest of them is prunable. */
const DEVICES = 19;
/** How many places a session may tell of in a day, but for one. */
const PLACES = 19;

const settled: World = {
  accounts: [
    account('root', 'active', 'admin'),
    account('boss', 'active', 'admin'),
    account('mod', 'active', 'moderator'),
    account('helen', 'active'),
    account('ann', 'active'),
    account('pen', 'pending'),
    account('sus', 'suspended'),
  ],
  // A role with as much as somebody needs who looks after people and roles, and one that nobody holds.
  roles: ['helper', 'idle'].map((role) => ({ role, created_at: LONG_AGO, updated_at: LONG_AGO })),
  role_permissions: [
    ...['users.read', 'users.suspend', 'roles.manage', 'roles.assign', 'clients.manage'].map(
      (permission) => ({
        role: 'helper',
        permission,
      }),
    ),
    { role: 'idle', permission: 'users.suspend' },
  ],
  account_roles: [
    ...roles('root', 'admin'),
    ...roles('boss', 'admin'),
    ...roles('mod', 'moderator'),
    ...roles('helen', 'helper'),
    ...['ann', 'pen', 'sus'].flatMap((name) => roles(name)),
  ],
  account_terms: ['root', 'boss', 'mod', 'helen', 'ann', 'pen', 'sus'].map((term) => ({
    term,
    account_id: term,
  })),
  client_keys: [
    { key_id: 'key', name: 'two secrets', created_at: NOW - DAY },
    { key_id: 'key_over', name: 'ended', created_at: LONG_AGO, revoked_at: LONG_AGO },
  ],
  client_key_secrets: [secret(1, 'current', { not_after: NOW + DAY }), secret(2, 'next')],
  devices: [
    device('known', NOW - DAY),
    device('forgotten', LONG_AGO),
    ...Array.from({ length: DEVICES - 2 }, (_, at) => device(`device ${at}`, NOW - (2 + at) * DAY)),
  ],
  sessions: [
    session('root1', 'root'),
    session('boss1', 'boss'),
    session('mod1', 'mod'),
    session('helen1', 'helen'),
    session('ann1', 'ann', { device_id: 'known' }),
    session('ann2', 'ann', { last_active_at: NOW - MINUTE, device_id: 'device 0' }),
    session('ann_ended', 'ann', { ended_at: LONG_AGO, end_reason: 'signed_out' }),
    session('ann_expired', 'ann', { idle_expires_at: LONG_AGO, expires_at: LONG_AGO }),
  ],
  session_places: Array.from({ length: PLACES }, (_, at) => ({
    session_id: 'ann1',
    place: `192.0.2.${at}`,
    first_used_at: NOW - 60 * MINUTE,
    last_used_at: NOW - 60 * MINUTE + at,
  })),
  refresh_tokens: [
    refreshToken('ann1 live', 'ann1'),
    refreshToken('ann1 old', 'ann1', {
      rotated_at: LONG_AGO,
      successor_salt: digest('salt of ann1 live'),
      successor_hash: digest('ann1 live'),
    }),
    refreshToken('ann2 live', 'ann2', { created_at: NOW - 5_000 }),
    refreshToken('ann2 just now', 'ann2', {
      rotated_at: NOW - 5_000,
      successor_salt: digest('salt of ann2 live'),
      successor_hash: digest('ann2 live'),
    }),
    refreshToken('ended', 'ann_ended'),
  ],
  ring_keys: [ringKey('server key', null), ringKey("ann's key", 'ann')],
  sign_ins: [LONG_AGO, NOW - DAY].map((at) => ({
    account_id: 'ann',
    at,
    method: 'password',
    success: 1,
    address: HERE,
  })),
  one_time_codes: [
    code('pen code', 'pen', NOW + DAY),
    code('ann code', 'ann', NOW + DAY),
    code('ann code, expired', 'ann', LONG_AGO),
  ],
  guess_counters: [
    counter(accountSubject('ann'), HERE, NOW - MINUTE),
    counter(accountSubject('ann'), ELSEWHERE, LONG_AGO),
    counter(deviceSubject('known'), '', NOW - MINUTE),
    counter(sessionSubject('ann1'), '', LONG_AGO),
  ],
  stranger_guesses: [LONG_AGO, NOW - MINUTE].map((at) => ({
    subject: accountSubject('ann'),
    address: HERE,
    half: 'open',
    at,
  })),
};

/** A server without an administrator; whoever has its setup code becomes the first. */
const unclaimed: World = {
  accounts: [account('ann', 'active'), account('pen', 'pending')],
  account_roles: [...roles('ann'), ...roles('pen')],
  one_time_codes: [code('setup code', null, NOW + DAY), code('pen code', 'pen', NOW + DAY)],
  client_keys: [{ key_id: 'key', name: 'one secret', created_at: NOW - DAY }],
  client_key_secrets: [secret(1, 'current')],
};

/** There may be one more client key. */
const CLIENT_KEYS = 498;

const manyKeys: World = {
  accounts: [account('root', 'active', 'admin')],
  account_roles: roles('root', 'admin'),
  client_keys: [
    { key_id: 'key', name: 'one secret', created_at: NOW - DAY },
    ...Array.from({ length: CLIENT_KEYS }, (_, at) => ({
      key_id: `key ${at}`,
      name: 'another',
      created_at: NOW - DAY,
    })),
  ],
  client_key_secrets: [secret(1, 'current')],
  sessions: [session('root1', 'root')],
};

export const WORLDS = { settled, unclaimed, many_keys: manyKeys } as const;
export type WorldName = keyof typeof WORLDS;
