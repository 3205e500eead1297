/**
 * [T-44] What let a request in is asked for again where it is done: for every action that writes, found in the table, the
 * session, the account, the permission or the client key ends without a word to those who remember them. That is how a
 * request stands that was let in, waited (for a password's hash, for its turn to be written), and is carried out after the
 * end was acknowledged. Nothing may be written then.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  type ActionName,
  type ActionSpec,
  type ErrorCode,
} from '../../src/protocol/index.js';
import { proofOf, type Asked } from '../proofs/index.js';
import { auditRows, lastAuditSeq, openBeside, type OpenedDatabase } from '../support/database.js';
import { ExampleWorld } from '../support/example_world.js';
import type { RawPeer } from '../support/raw_peer.js';
import { PASSWORD } from '../support/raw_peer.js';
import { expectRefusal, resultOf } from '../support/replies.js';
import { everything } from '../support/rows.js';
import { QUICK } from '../support/runs.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
const WRITING = ACTION_NAMES.filter((action) => specOf(action).audit !== null);

/** Those of the people here, also after a change. */
const PASSWORDS = [
  PASSWORD,
  ACTIONS.authenticate.example.params.user.password,
  ACTIONS.change_password.example.params.new_password,
];

/** What of whoever acts can end. */
type Acting = {
  readonly account_id: string;
  readonly session_id: string;
  readonly key_id: string;
  /** What the request takes of the session that asks. */
  readonly own: object;
};
type End = {
  readonly code: ErrorCode;
  readonly sql: (acting: Acting) => readonly [string, ...string[]];
  /** Takes back what concerns more than the connection of this one try. */
  readonly undo?: (acting: Acting) => readonly [string, ...string[]];
};

const ofSession = (change: string): End => ({
  code: 'session_invalid',
  sql: ({ session_id }) => [`UPDATE sessions SET ${change} WHERE session_id = ?`, session_id],
});
const ofAccount = (status: string): End => ({
  code: 'session_invalid',
  sql: ({ account_id }) => [`UPDATE accounts SET status = '${status}' WHERE account_id = ?`, account_id],
  undo: ({ account_id }) => ["UPDATE accounts SET status = 'active' WHERE account_id = ?", account_id],
});
const ofKey = (table: 'client_keys' | 'client_key_secrets', change: string): End => ({
  code: 'hmac_error',
  sql: ({ key_id }) => [`UPDATE ${table} SET ${change} WHERE key_id = ?`, key_id],
});

const KEY_ENDS: Readonly<Record<string, End>> = {
  'its client key is revoked': ofKey('client_keys', 'revoked_at = 1'),
  'its client key is past its end': ofKey('client_keys', 'expires_at = 1'),
  'its client key is rotated out': ofKey('client_key_secrets', 'not_after = 1'),
};
const SESSION_ENDS: Readonly<Record<string, End>> = {
  'its session is revoked': ofSession("ended_at = 1, end_reason = 'revoked'"),
  'its session is past its end': ofSession('expires_at = 1'),
  'its session was idle for too long': ofSession('idle_expires_at = 1'),
  'its account is suspended': ofAccount('suspended'),
  'its account is pending': ofAccount('pending'),
};
const PERMISSION_END: Readonly<Record<string, End>> = {
  'its permission is taken': {
    code: 'forbidden',
    sql: ({ account_id }) => [
      "DELETE FROM account_roles WHERE account_id = ? AND role = 'admin'",
      account_id,
    ],
    undo: ({ account_id }) => [
      "INSERT INTO account_roles (account_id, role) VALUES (?, 'admin')",
      account_id,
    ],
  },
};
const DELETION: End = {
  code: 'session_invalid',
  sql: ({ account_id }) => ['DELETE FROM accounts WHERE account_id = ?', account_id],
};

function endsOf({ access }: ActionSpec): Readonly<Record<string, End>> {
  const { permission, by_nobody } = accessOf(access);
  if (by_nobody) return KEY_ENDS;
  return { ...KEY_ENDS, ...SESSION_ENDS, ...(permission === null ? {} : PERMISSION_END) };
}

function run(db: OpenedDatabase, [sql, ...values]: readonly [string, ...string[]]): void {
  expect(db.prepare(sql).run(...values).changes, sql).toBeGreaterThan(0);
}

describe.each(WRITING)('%s', (action) => {
  const spec = specOf(action);
  let world: ExampleWorld;
  let boss: RawPeer;
  let asked: Asked;
  /** Whose act it is; null for strangers. */
  let account: { account_id: string; account_name: string } | null = null;
  beforeAll(async () => {
    world = await ExampleWorld.start({ 'sessions-max': '100' });
    // Somebody who isn't concerned, to make keys with.
    boss = (await world.person()).peer;
    const { account_id } = (await boss.call('whoami')).account;
    await world.boss.call('assign_role', { account_id, role: 'admin' });
    asked = await proofOf(action).example(world);
    if (asked.world !== undefined && asked.world !== world) {
      // Some examples need a server with other settings.
      world = asked.world;
      boss = world.boss;
    }
    if (!accessOf(spec.access).by_nobody) account = (await asked.peer.call('whoami')).account;
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  /** A connection of its own, by a key of its own, on which whoever acts has signed in anew. */
  async function acting(): Promise<{ peer: RawPeer; who: Acting }> {
    const { client_key, key } = await boss.call('create_client_key', { name: 'of one try' });
    const { key_id } = client_key;
    const peer = await world.stranger({ key_id, key: Buffer.from(key, 'base64url') });
    if (account === null) return { peer, who: { account_id: '', session_id: '', key_id, own: {} } };
    const { account_id, account_name } = account;
    let tokens: Partial<Record<'refresh_token', unknown>> = {};
    for (const password of PASSWORDS) {
      const reply = await peer.ask('authenticate', { user: { account_name, password } });
      if (reply['response'] === 200) tokens = resultOf('authenticate', reply);
    }
    const { session_id } = (await peer.call('whoami')).session;
    const own = 'refresh_token' in spec.params.shape ? { refresh_token: tokens.refresh_token } : {};
    return { peer, who: { account_id, session_id, key_id, own } };
  }

  async function refusedAfter(end: End): Promise<void> {
    const { data_folder } = world.server;
    const { peer, who } = await acting();
    // Nobody waits for the note that a key was used; this comes after it.
    await boss.call('update_profile', { changes: { bio: who.key_id } });
    using db = openBeside(data_folder);
    run(db, end.sql(who));
    const before = everything(data_folder);
    const params = { ...(asked.params ?? spec.example.params), ...who.own };
    expectRefusal(await peer.ask(action, params), end.code);
    expect(everything(data_folder)).toBe(before);
    if (end.undo !== undefined) run(db, end.undo(who));
  }

  // In the quick test every fourth end, in turn.
  const all = Object.entries(endsOf(spec));
  const ends = QUICK ? all.filter((_, index) => index % 4 === WRITING.indexOf(action) % 4) : all;
  test.each(ends)('is not done once %s', (_name, end) => refusedAfter(end));

  test('would have been done: it is, as soon as nothing has ended', async () => {
    const { data_folder } = world.server;
    const seq = lastAuditSeq(data_folder);
    await asked.peer.ask(action, asked.params ?? spec.example.params);
    expect(auditRows(data_folder, seq).map(({ event }) => event)).toContain(spec.audit);
  });

  if (!accessOf(spec.access).by_nobody)
    test('is not done once its account is deleted', () => refusedAfter(DELETION));
});
