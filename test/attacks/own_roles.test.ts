/** Somebody who may make and give roles, and wants more than they have: everything at once, on many connections, while it changes. */
import { afterAll, beforeAll, expect, test } from 'vitest';
import { seededRandom } from '../support/drill.js';
import { auditRows } from '../support/database.js';
import { administrator, type RawPeer, registered, resumed, type SignedIn } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

const CONNECTIONS = 8;
const TRIES_OF_EACH = 60;
const SEED = Date.now() % 2 ** 31;

let server: TestServer;
let boss: SignedIn;
beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
});
afterAll(async () => {
  await boss.peer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** What they may hold while the administrator changes their role, and what they never hold. */
const THEIRS = ['roles.manage', 'roles.assign', 'users.read', 'wiki:read'];
const SOMETIMES = ['users.suspend', 'wiki:write'];
const NEVER = ['users.delete', 'server.read', 'admin', 'moderate', 'chat:write', 'clients.manage'];

test(`[T-25] nobody comes by what they never held (seed ${SEED})`, async () => {
  const random = seededRandom(SEED);
  const oneOf = <T>(all: readonly T[]): T => all[Math.floor(random() * all.length)] as T;
  await boss.peer.call('create_role', { role: 'lead', permissions: [...THEIRS, ...SOMETIMES] });
  await boss.peer.call('create_role', { role: 'strong', permissions: [...NEVER.slice(0, 2)] });
  const attacker = await registered(server, 'mallory');
  const friend = await registered(server, 'trudy');
  await boss.peer.call('assign_role', { account_id: attacker.account_id, role: 'lead' });
  const names = ['lead', 'strong', 'moderator', 'admin', 'one', 'two', 'three'];
  const all = [...THEIRS, ...SOMETIMES, ...NEVER];

  const tries = async (peer: RawPeer): Promise<void> => {
    for (let n = 0; n < TRIES_OF_EACH; n += 1) {
      const permissions = all.filter(() => random() < 0.25);
      const account_id = oneOf([attacker, friend, boss]).account_id;
      const role = oneOf(names);
      const [action, params] = oneOf([
        ['create_role', { role, permissions }],
        ['update_role', { role, permissions }],
        ['update_role', { role, permissions: [oneOf(all)] }],
        ['delete_role', { role }],
        ['assign_role', { account_id, role }],
        ['unassign_role', { account_id, role }],
        ['create_user', { user: { account_name: `user.${Math.floor(random() * 1e9)}` }, roles: [role] }],
      ] as const);
      const reply = await peer.ask(action, params);
      expect(reply['code'], JSON.stringify(reply)).not.toBe('internal');
    }
  };
  const peers = await Promise.all(
    Array.from({ length: CONNECTIONS }, () => resumed(server, attacker.session_token)),
  );
  const over = new AbortController();
  /** The administrator gives and takes meanwhile. */
  const changing = (async () => {
    while (!over.signal.aborted) {
      const some = SOMETIMES.filter(() => random() < 0.5);
      await boss.peer.ask('update_role', { role: 'lead', permissions: [...THEIRS, ...some] });
      await boss.peer.ask('assign_role', { account_id: attacker.account_id, role: 'lead' });
    }
  })();
  await Promise.all(peers.map(tries));
  over.abort();
  await changing;

  const { roles } = await boss.peer.call('list_roles');
  const permitted = new Map(roles.map(({ role, permissions }) => [role, permissions]));
  for (const { account_id } of [attacker, friend]) {
    const { user } = await boss.peer.call('get_user', { account_id });
    const held = user.roles.flatMap((role) => permitted.get(role) ?? []);
    expect(
      held.filter((permission) => NEVER.includes(permission)),
      user.account_name,
    ).toEqual([]);
  }
  // What they made and gave is in the log, and none of it names what they never held.
  const acts = auditRows(server.data_folder).filter(({ actor_id }) => actor_id === attacker.account_id);
  const given = acts.flatMap(({ event, details }) => {
    const { permissions = [], given: added = [] } = JSON.parse(details) as Record<string, string[]>;
    return event === 'role_created' ? permissions : event === 'role_updated' ? added : [];
  });
  expect(given.filter((permission) => NEVER.includes(permission))).toEqual([]);
  expect(given.length).toBeGreaterThan(0);
  for (const peer of [...peers, attacker.peer, friend.peer]) await peer[Symbol.asyncDispose]();
});
