/**
 * [T-44] A thief of a session, and an administrator who is being demoted, send what they want done just before they are stopped,
 * so that it waits: for the hash of a password, for its turn to be written. Once their end is acknowledged nothing of it happens.
 */
import { expect, test } from 'vitest';
import { auditRows } from '../support/database.js';
import {
  administrator,
  authenticated,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type SignedIn,
} from '../support/raw_peer.js';
import { runs, tried } from '../support/runs.js';
import type { Store } from '../../src/server/store/index.js';
import { openBesideServer, startServer, type TestServer } from '../support/server.js';

/** How often it is looked whether a password is being hashed. */
const HASHING = { timeout: 30_000, interval: 1 };
const STOLEN = 'staple gun on a tuesday';

type Scene = { server: TestServer; boss: SignedIn; anna: SignedIn; beside: Store };

/** Every way to end a stolen session, from the owner's other session or from above. All are acknowledged when they resolve. */
const STOPS: Readonly<Record<string, (scene: Scene, stolen: SignedIn) => Promise<unknown>>> = {
  'the owner revokes it': ({ anna }, { session_id }) => anna.peer.call('revoke_session', { session_id }),
  'the owner signs out everywhere else': ({ anna }) => anna.peer.call('logout_all', { keep_current: true }),
  'the host revokes it': ({ beside }, { account_id, session_id }) => {
    const who = { at: Date.now(), actor: { kind: 'host' }, address: 'console' } as const;
    return beside.run('revoke_session', { who, account_id, session_id, reason: 'revoked' });
  },
  'an administrator suspends the account': ({ boss }, { account_id }) =>
    boss.peer.call('suspend_user', { account_id }),
  'an administrator deletes the account': ({ boss }, { account_id }) =>
    boss.peer.call('delete_user', { account_id }),
};

/** Waits until no password is being hashed any more, and whatever came of it is written. */
async function settled(boss: SignedIn): Promise<void> {
  await expect
    .poll(async () => (await boss.peer.call('server_stats')).hashing, { timeout: 60_000 })
    .toMatchObject({ running: 0, queued: 0 });
  await boss.peer.call('update_profile', { changes: { bio: `${Math.random()}` } });
}

test('[T-44] a password that waits for its hash changes nothing once its session was ended', async () => {
  // As dear as the configuration allows at least, so that the hash takes longer than the stop.
  await using server = await startServer({ flags: { 'password-cost': '15' } });
  const boss = await administrator(server);
  const beside = await openBesideServer(server.data_folder);
  try {
    for (const [number, [name, stop]] of tried(Object.entries(STOPS)).entries()) {
      await using anna = await registered(server, `anna.${number}`);
      await using stolen = await authenticated(server, `anna.${number}`);
      for (const id of ['first', 'second'])
        stolen.peer.send({ action: 'change_password', id, current_password: PASSWORD, new_password: STOLEN });
      // In work, or it would not be let in.
      await expect
        .poll(async () => (await boss.peer.call('server_stats')).hashing.running, HASHING)
        .toBeGreaterThan(0);
      await stop({ server, boss, anna, beside }, stolen);
      await settled(boss);
      expect(
        auditRows(server.data_folder).map(({ event }) => event),
        name,
      ).not.toContain('password_changed');
      await stolen.peer.gone();
    }
  } finally {
    await beside.close();
  }
});

test('[T-44] what a demoted administrator has sent is done before the demotion or not at all', async () => {
  await using server = await startServer();
  const boss = await administrator(server);
  const outcomes = new Set<string>();
  for (let round = 0; round < runs(12); round += 1) {
    await using fallen = await registered(server, `fallen.${round}`);
    await using victim = await registered(server, `victim.${round}`);
    const { account_id } = fallen;
    await boss.peer.call('assign_role', { account_id, role: 'admin' });
    const late = await Promise.all(Array.from({ length: 4 }, () => resumed(server, fallen.session_token)));
    const target = { account_id: victim.account_id };
    const acts: readonly (readonly [string, object])[] = [
      ['create_client_key', { name: 'back door' }],
      ['assign_role', { ...target, role: 'admin' }],
      ['create_user', { user: { account_name: `sock.${round}` }, roles: ['admin'] }],
      ['update_user', { ...target, changes: { email: `mine.${round}@example.test` } }],
      ['clear_throttle', target],
      ['suspend_user', target],
      ['resume_user', target],
      ['delete_user', target],
    ];
    // Everything at once, from several connections; the demotion somewhere among it.
    const demoted = (async () => {
      for (let turn = 0; turn < round % 4; turn += 1) await new Promise(setImmediate);
      await boss.peer.call('unassign_role', { account_id, role: 'admin' });
    })();
    for (const peer of late)
      for (const [action, params] of acts) peer.send({ action, id: 'late', ...params });
    await demoted;
    for (const peer of late) {
      for (let left = acts.length; left > 0;) {
        const reply = await peer.take();
        if (reply === null) throw new Error('closed before all replies');
        if (reply['id'] !== 'late') continue;
        left -= 1;
        outcomes.add(reply['code'] === 'forbidden' ? 'forbidden' : 'something else');
      }
    }
    const rows = auditRows(server.data_folder);
    const fall = rows.findLast(
      ({ event, target_id }) => event === 'role_unassigned' && target_id === account_id,
    );
    const afterwards = rows.filter(
      ({ seq, actor_id }) => seq > (fall?.seq ?? Infinity) && actor_id === account_id,
    );
    expect(afterwards).toEqual([]);
    for (const peer of late) await peer[Symbol.asyncDispose]();
  }
  expect(outcomes).toContain('forbidden');
});

test('[T-44] sign-ins that wait for their hash when their client key is revoked begin no session', async () => {
  await using server = await startServer({ flags: { 'password-cost': '15' } });
  const boss = await administrator(server);
  const anna = await registered(server, 'anna');
  const { client_key, key } = await boss.peer.call('create_client_key', { name: 'lost laptop' });
  const { key_id } = client_key;
  const peers = await Promise.all(
    Array.from({ length: 4 }, () =>
      RawPeer.handshaken(server, { key_id, key: Buffer.from(key, 'base64url') }),
    ),
  );
  const seq = auditRows(server.data_folder).at(-1)?.seq ?? 0;
  for (const [n, peer] of peers.entries()) {
    const user = { account_name: n % 2 === 0 ? 'anna' : `new.${n}`, password: PASSWORD };
    peer.send({ action: n % 2 === 0 ? 'authenticate' : 'register', id: 'late', user });
  }
  await expect
    .poll(async () => (await boss.peer.call('server_stats')).hashing.running, {
      timeout: 30_000,
      interval: 1,
    })
    .toBeGreaterThan(0);
  await boss.peer.call('revoke_client_key', { key_id });
  await settled(boss);
  const revoked = auditRows(server.data_folder, seq).find(({ event }) => event === 'client_key_revoked');
  const later = auditRows(server.data_folder, revoked?.seq).map(({ event }) => event);
  expect(later).toEqual(['profile_updated']);
  for (const peer of peers) await peer.gone();
  expect((await anna.peer.call('list_sessions')).sessions.length).toBeLessThanOrEqual(3);
});
