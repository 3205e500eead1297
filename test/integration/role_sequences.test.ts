/** Sequences of acts by two people who look after roles, on a real server, against the rule in its own words. */
import fc from 'fast-check';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { LIMITS } from '../../src/protocol/index.js';
import { tokenHash } from '../../src/server/crypto/index.js';
import { openBeside } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { RawPeer } from '../support/raw_peer.js';
import {
  ACTS,
  BEGINNING,
  carriedOut,
  PEOPLE,
  permissionsIn,
  type Person,
  type RoleAct,
  type RoleState,
} from '../support/role_model.js';
import { ofToday } from '../support/runs.js';
import { startServer, type TestServer } from '../support/server.js';

const RANDOM = 200;
const LENGTH_MAX = 6;
const DAY_MS = 86_400_000;

let server: TestServer;
beforeAll(async () => {
  server = await startServer();
});
afterAll(() => server[Symbol.asyncDispose]());

const accountId = (world: number, person: Person): string =>
  `a_${person}${String(world).padStart(20 - person.length, '0')}`;
const tokenOf = (world: number, person: Person): string =>
  `pcs_${Buffer.from(`${person} ${world}`).toString('base64url').padEnd(43, 'A')}`;
const roleName = (world: number, role: string): string => (role === 'moderator' ? role : `${role}-${world}`);

/** Makes so many worlds in which everything is as in the beginning, and removes them when they have been played. */
function makeWorlds(from: number, count: number): void {
  using db = openBeside(server.data_folder);
  const now = Date.now();
  db.transaction(() => {
    db.exec('DELETE FROM role_permissions; DELETE FROM roles');
    for (let world = from; world < from + count; world += 1) {
      for (const [role, permissions] of Object.entries(BEGINNING.roles)) {
        const name = roleName(world, role);
        db.prepare('INSERT INTO roles (role, created_at, updated_at) VALUES (?, 0, 0)').run(name);
        for (const permission of permissions)
          db.prepare('INSERT INTO role_permissions (role, permission) VALUES (?, ?)').run(name, permission);
      }
      for (const person of PEOPLE) {
        const account_id = accountId(world, person);
        db.prepare(
          `INSERT INTO accounts (account_id, account_name, name_skeleton, status, created_at, updated_at)
           VALUES (?, ?, ?, 'active', 0, 0)`,
        ).run(account_id, account_id, account_id);
        for (const role of ['user', ...BEGINNING.held[person].map((held) => roleName(world, held))])
          db.prepare('INSERT INTO account_roles (account_id, role) VALUES (?, ?)').run(account_id, role);
        db.prepare(
          `INSERT INTO sessions (session_id, account_id, token_hash, key_id, address, created_at, last_active_at,
             idle_expires_at, expires_at) VALUES (?, ?, ?, 'local', '127.0.0.1', ?, ?, ?, ?)`,
        ).run(
          account_id.replace('a_', 's_'),
          account_id,
          tokenHash(tokenOf(world, person)),
          now,
          now,
          now + DAY_MS,
          now + DAY_MS,
        );
      }
    }
    // What the server remembers of the roles is of before.
    db.prepare('INSERT INTO announcements (at, what) VALUES (?, ?)').run(
      now,
      JSON.stringify({ kind: 'role_changed', role: 'all' }),
    );
  })();
}

async function play(world: number, sequence: readonly RoleAct[]): Promise<void> {
  const peers = new Map<Person, RawPeer>();
  const peerOf = async (person: Person): Promise<RawPeer> => {
    const known = peers.get(person);
    if (known !== undefined) return known;
    const peer = await RawPeer.handshaken(server);
    await peer.call('resume', { session_token: tokenOf(world, person) });
    peers.set(person, peer);
    return peer;
  };
  let state: RoleState = BEGINNING;
  try {
    for (const act of sequence) {
      const { by, action, ...rest } = act;
      const peer = await peerOf(by);
      const params = {
        ...('to' in rest ? { account_id: accountId(world, rest.to) } : {}),
        ...('role' in rest ? { role: roleName(world, rest.role) } : {}),
        ...('permissions' in rest ? { permissions: rest.permissions } : {}),
      };
      const reply = await peer.ask(action, params);
      const after = carriedOut(state, act);
      const told = JSON.stringify(sequence);
      expect(reply['code'] ?? null, `${JSON.stringify(act)} of ${told}`).toBe(after.code);
      ({ state } = after);
      // The next call of an open connection knows.
      const { permissions } = await peer.call('whoami');
      const mine = [...permissionsIn(state, by)].filter((one) => /^\w+\.\w+$/.test(one)).sort();
      expect(permissions, told).toEqual(mine);
    }
  } finally {
    for (const peer of peers.values()) await peer[Symbol.asyncDispose]();
  }
}

/** Each world has three roles, and makes one more at most. */
const WORLDS_AT_ONCE = LIMITS.roles_max / 4;

let worlds = 0;
async function playAll(sequences: readonly (readonly RoleAct[])[]): Promise<void> {
  for (let from = 0; from < sequences.length; from += WORLDS_AT_ONCE) {
    const some = sequences.slice(from, from + WORLDS_AT_ONCE);
    makeWorlds(worlds, some.length);
    // What others announce is heard within a quarter of a second.
    await new Promise((resolve) => setTimeout(resolve, 300));
    await Promise.all(some.map((sequence, at) => play(worlds + at, sequence)));
    worlds += some.length;
  }
}

test('[T-25] [T-34] every act by itself, and every second act behind each that is done', async () => {
  const first = ACTS.filter((act) => carriedOut(BEGINNING, act).code === null);
  expect(first.length).toBeGreaterThan(5);
  const seconds = ofToday(first).flatMap((one) =>
    // What is refused changes nothing, and on the second engine each second one of a day shows it.
    ACTS.filter((_, at) => onSqlite('all of them') || at % 4 === 0).map((two) => [one, two]),
  );
  await playAll([...ACTS.map((act) => [act]), ...seconds]);
});

test(`[T-25] [T-34] ${RANDOM} random sequences of up to ${LENGTH_MAX} acts`, async () => {
  // Most acts are refused: of two, one is among those that are done.
  const steps = fc.array(fc.record({ any: fc.boolean(), at: fc.nat() }), {
    minLength: 3,
    maxLength: LENGTH_MAX,
    size: 'max',
  });
  const sequences = fc.sample(steps, RANDOM).map((some) => {
    let state = BEGINNING;
    return some.map(({ any, at }) => {
      const possible = ACTS.filter((act) => carriedOut(state, act).code === null);
      // Where they have taken everything from themselves nothing is possible any more.
      const among = any || possible.length === 0 ? ACTS : possible;
      const act = among[at % among.length]!;
      ({ state } = carriedOut(state, act));
      return act;
    });
  });
  await playAll(sequences);
});
