import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ERROR_CODES, ERRORS, type ErrorCode } from '../../src/protocol/index.js';
import { holdWrites, ignoreReferences, openBeside } from '../support/database.js';
import {
  administrator,
  invited,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type SignedIn,
} from '../support/raw_peer.js';
import { expectRefusal, SEEN_CODES } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

let server: TestServer;
let boss: SignedIn;
let stranger: RawPeer;
beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
  stranger = await RawPeer.handshaken(server);
});
afterAll(async () => {
  await stranger[Symbol.asyncDispose]();
  await boss[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

type Provocation = (code: ErrorCode) => Promise<void>;

const user = (account_name: string, more: object = {}): object => ({
  user: { account_name, password: PASSWORD, ...more },
});
const NOBODY = { account_id: `a_${'0'.repeat(20)}` };

/** A request of a stranger (or of the administrator) that gets the code. */
const asStranger =
  (action: string, params: object = {}): Provocation =>
  async (code) =>
    expectRefusal(await stranger.ask(action, params), code);
const asBoss =
  (action: string, params: () => object): Provocation =>
  async (code) =>
    expectRefusal(await boss.peer.ask(action, params()), code);

/** Bytes on a connection of their own. */
const onFresh =
  (bytes: Buffer): Provocation =>
  async (code) => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(bytes);
    expectRefusal((await peer.takeAll()).at(-1), code);
  };

/** The code needs a server or a clock of its own: the file that provokes it is named, and must do so. */
const elsewhere =
  (file: string): Provocation =>
  (code) => {
    const path = join(import.meta.dirname, file);
    expect(existsSync(path), file).toBe(true);
    expect(readFileSync(path, 'utf8')).toMatch(new RegExp(`expect(Refusal|Deadline)[^;]*'${code}'`, 's'));
    SEEN_CODES.add(code);
    return Promise.resolve();
  };

/** A code that is missing here doesn't compile. */
const PROVOCATIONS: Record<ErrorCode, Provocation> = {
  too_many_connections: elsewhere('many_requests.test.ts'),
  shutting_down: elsewhere('many_requests.test.ts'),
  frame_empty: onFresh(Buffer.alloc(4)),
  frame_too_large: onFresh(Buffer.alloc(4, 0xff)),
  deadline_exceeded: elsewhere('deadlines.test.ts'),
  invalid_json: async (code) => {
    await using peer = await RawPeer.handshaken(server);
    peer.send('[]');
    expectRefusal(await peer.take(), code);
  },
  invalid_envelope: async (code) => {
    await using peer = await RawPeer.handshaken(server);
    peer.send('{}');
    expectRefusal(await peer.take(), code);
  },
  too_many_bad_frames: elsewhere('hostile_frames.test.ts'),
  handshake_required: async (code) => {
    await using peer = await RawPeer.open(server);
    await peer.take();
    peer.send({ action: 'probe' });
    expectRefusal(await peer.take(), code);
  },
  hmac_error: async (code) => {
    await using peer = await RawPeer.open(server);
    expectRefusal(await peer.handshake({ key_id: 'nobody', key: Buffer.alloc(32) }), code);
  },
  unknown_action: asStranger('nonsense'),
  unauthenticated: asStranger('whoami'),
  session_invalid: asStranger('resume', { session_token: `pcs_${'A'.repeat(43)}` }),
  forbidden: async (code) => {
    await using peer = await RawPeer.handshaken(server);
    await peer.call('register', user('plain'));
    expectRefusal(await peer.ask('list_users'), code);
  },
  invalid_params: asStranger('probe', { extra: 1 }),
  already_authenticated: asBoss('authenticate', () => user('boss.one')),
  throttled: elsewhere('many_requests.test.ts'),
  busy: elsewhere('many_requests.test.ts'),
  invalid_credentials: asStranger('authenticate', user('nobody')),
  account_suspended: async (code) => {
    const { account_id, peer } = await registered(server, 'suspended.one');
    await boss.peer.call('suspend_user', { account_id });
    await peer.gone();
    expectRefusal(await stranger.ask('authenticate', user('suspended.one')), code);
  },
  registration_closed: elsewhere('register.test.ts'),
  setup_code_invalid: asStranger('register', { ...user('late'), setup_code: `pca_${'A'.repeat(43)}` }),
  code_invalid: asStranger('redeem_code', {
    account_name: 'nobody',
    code: `pcc_${'A'.repeat(43)}`,
    new_password: PASSWORD,
  }),
  current_password_wrong: asBoss('change_password', () => ({
    current_password: 'wrong horse',
    new_password: 'staple gun on a tuesday',
  })),
  client_key_wrong: async (code) => {
    const made = await boss.peer.call('create_client_key', { name: 'another' });
    const key = { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
    await using elsewhere = await RawPeer.handshaken(server, key);
    const { refresh_token } = await elsewhere.call('register', user('of.another.key'));
    expectRefusal(await stranger.ask('refresh', { refresh_token }), code);
  },
  not_found: asBoss('get_user', () => NOBODY),
  stale_version: asBoss('update_profile', () => ({ changes: { bio: 'x' }, version: 99 })),
  wrong_status: async (code) => {
    const { account_id } = await invited(boss.peer, 'never.suspended');
    expectRefusal(await boss.peer.ask('resume_user', { account_id }), code);
  },
  limit_reached: elsewhere('client_keys.test.ts'),
  role_taken: asBoss('create_role', () => ({ role: 'moderator', permissions: [] })),
  role_built_in: asBoss('delete_role', () => ({ role: 'user' })),
  role_in_use: async (code) => {
    const { account_id } = await registered(server, 'holder.one');
    await boss.peer.call('create_role', { role: 'held', permissions: [] });
    await boss.peer.call('assign_role', { account_id, role: 'held' });
    const refusal = await boss.peer.ask('delete_role', { role: 'held' });
    expectRefusal(refusal, code);
    expect(refusal['data']).toEqual({ accounts: 1 });
  },
  last_administrator: asBoss('suspend_user', () => ({ account_id: boss.account_id })),
  account_name_invalid: asStranger('register', user('root')),
  account_name_taken: asStranger('register', user('boss.one')),
  email_taken: async (code) => {
    await invited(boss.peer, 'mail.one', { user: { account_name: 'mail.one', email: 'a@b.test' } });
    expectRefusal(await stranger.ask('register', user('mail.two', { email: 'A@B.test' })), code);
  },
  password_rejected: asStranger('register', user('hurried', { password: 'short' })),
  storage_unavailable: async (code) => {
    // Another program holds the write lock for longer than the server waits for it.
    const held = holdWrites(server.data_folder);
    const change = { changes: { bio: 'while the database is locked' } };
    const refused = boss.peer.ask('update_profile', change);
    await sleep(50);
    // Reading goes on meanwhile.
    await using reader = await resumed(server, boss.session_token);
    await reader.call('get_profile');
    expectRefusal(await refused, code);
    held[Symbol.dispose]();
    // And nothing has to be restarted afterwards.
    await boss.peer.call('update_profile', change);
  },
  outcome_unknown: elsewhere('postgres_outcomes.test.ts'),
  internal: async (code) => {
    const { session_id, session_token, peer } = await registered(server, 'damaged');
    {
      using db = openBeside(server.data_folder);
      ignoreReferences(db);
      db.prepare("UPDATE sessions SET session_id = 'damaged' WHERE session_id = ?").run(session_id);
    }
    const refusal = await stranger.ask('resume', { session_token });
    expectRefusal(refusal, code);
    expect(refusal).not.toHaveProperty('details');
    expect(server.log_lines.some((line) => line.includes('a request failed inside the server'))).toBe(true);
    await peer[Symbol.asyncDispose]();
  },
};

describe('every code of the closed list is provoked', () => {
  test.each(ERROR_CODES)('%s', async (code) => {
    await PROVOCATIONS[code](code);
  });

  test('none is left out', () => {
    expect([...SEEN_CODES].sort()).toEqual([...ERROR_CODES].sort());
  });

  test('no sentence of a refusal holds anything that a peer sent, and each ends as a sentence', () => {
    for (const code of ERROR_CODES) {
      expect(ERRORS[code].response).toBeGreaterThanOrEqual(400);
      expect(ERRORS[code].remedy).toMatch(/\.$/);
    }
  });
});
