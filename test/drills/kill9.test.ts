import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { openBeside } from '../support/database.js';
import { startBuilt } from '../support/built_server.js';
import { authenticated, PASSWORD, RawPeer, type Reachable } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

const CLIENTS = 50;
const ROUNDS = 3;

let data: string;
/** Names whose registration was answered with success, and what the answer said. */
const acknowledged = new Map<string, string>();

beforeAll(() => void (data = temporaryFolder()));
afterAll(() => rmSync(data, { recursive: true, force: true }));

/** Registers one account after another until the connection breaks. */
async function registerUntilTheEnd(server: Reachable, prefix: string): Promise<void> {
  for (let n = 0; ; n += 1) {
    const name = `${prefix}.${n}`;
    try {
      await using peer = await RawPeer.handshaken(server);
      const { account } = await peer.call('register', { user: { account_name: name, password: PASSWORD } });
      acknowledged.set(name, account.account_id);
    } catch {
      return;
    }
  }
}

test.each(Array.from({ length: ROUNDS }, (_, round) => round))(
  'kill -9 while 50 clients register, round %i: nothing acknowledged is lost',
  async (round) => {
    const before = acknowledged.size;
    {
      await using program = startBuilt(data, '--hash-queue', '200');
      const server = await program.ready();
      const clients = Array.from({ length: CLIENTS }, (_, n) =>
        registerUntilTheEnd(server, `r${round}.c${n}`),
      );
      // Somewhere in the middle of the work, elsewhere in each round.
      while (acknowledged.size < before + 8 + round * 5) await sleep(5);
      program.child.kill('SIGKILL');
      expect(await program.exited).toBe('SIGKILL');
      await Promise.all(clients);
    }
    const fresh = [...acknowledged].slice(before);
    expect(fresh.length).toBeGreaterThanOrEqual(8);

    await using again = startBuilt(data, '--hash-queue', '200');
    const server = await again.ready();
    for (const [name, account_id] of fresh) {
      await using one = await authenticated(server, name);
      expect(one.account_id).toBe(account_id);
    }
    using db = openBeside(data);
    expect(db.pragma('integrity_check', { simple: true })).toBe('ok');
    expect(db.pragma('foreign_key_check')).toEqual([]);
    // Each account with its session, its sign-in and its audit row, or not at all.
    const halves = db
      .prepare(
        `SELECT account_name FROM accounts a
         WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.account_id)
            OR NOT EXISTS (SELECT 1 FROM sign_ins i WHERE i.account_id = a.account_id)
            OR 1 <> (SELECT count(*) FROM audit_events e
                     WHERE e.target_id = a.account_id AND e.event = 'account_registered')`,
      )
      .all();
    expect(halves).toEqual([]);
    again.child.kill('SIGTERM');
    expect(await again.exited).toBe(0);
  },
);
