/** What a client is told when the database is lost at the worst moment, and that it is true. */
import pg from 'pg';
import { afterEach, beforeEach, describe, expect, test, vi } from 'vitest';
import type { ErrorCode } from '../../src/protocol/index.js';
import { CutProxy, type Cut } from '../support/cut_proxy.js';
import { freshDatabase, type FreshDatabase } from '../support/fresh_database.js';
import { startPostgres } from '../support/postgres.js';
import { PASSWORD, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

/** What comes by itself comes at last, on a busy machine too. */
const LATEST = { timeout: 20_000, interval: 20 };

let server: TestServer;
let proxy: CutProxy;
let database: FreshDatabase;
/** Past the proxy. */
let beside: pg.Client;
beforeEach(async () => {
  database = await freshDatabase();
  const url = new URL(database.url);
  beside = new pg.Client({ connectionString: database.superuser_url });
  await beside.connect();
  proxy = await CutProxy.to(url.hostname, Number(url.port));
  url.port = String(proxy.port);
  server = await startServer({ database: url.href });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
  await beside.end();
  await database[Symbol.asyncDispose]();
});

const happened = async (event: string): Promise<number> => {
  const { rows } = await beside.query<{ count: string }>(
    'SELECT count(*) AS count FROM audit_events WHERE event = $1',
    [event],
  );
  return Number(rows[0]?.count);
};

type Case = {
  readonly event: string;
  readonly ask: (peer: RawPeer, anna: SignedIn) => ReturnType<RawPeer['ask']>;
};

const CASES: Readonly<Record<string, Case>> = {
  register: {
    event: 'account_registered',
    ask: async () => {
      await using peer = await RawPeer.handshaken(server);
      return await peer.ask('register', { user: { account_name: 'new.one', password: PASSWORD } });
    },
  },
  change_password: {
    event: 'password_changed',
    ask: (peer) =>
      peer.ask('change_password', { current_password: PASSWORD, new_password: 'another long one 17' }),
  },
  refresh: {
    event: 'tokens_refreshed',
    ask: (peer, { refresh_token }) => peer.ask('refresh', { refresh_token }),
  },
};

/** Somebody who is asked knows it. */
const KNOWN = [
  ['after_commit', false, null],
  ['before_commit', false, 'storage_unavailable'],
] as const;
/** Nobody can be asked, for as long as it is tried: some seconds, so that once for all of them is enough. */
const UNKNOWN = [
  ['after_commit', true, 'outcome_unknown'],
  ['before_commit', true, 'outcome_unknown'],
] as const;

describe.each(Object.entries(CASES))('%s', (name, { event, ask }) => {
  test.each<readonly [Cut, boolean, ErrorCode | null]>([...KNOWN, ...(name === 'register' ? UNKNOWN : [])])(
    'the line is cut %s, and nobody gets through after that: %s',
    async (cut, stays, told) => {
      await using anna = await registered(server, 'anna');
      const before = await happened(event);
      proxy.cutAt(cut, { stays });
      const reply = await ask(anna.peer, anna);
      expect(proxy.cuts).toBe(1);
      if (told === null) expect(reply['response']).toBeLessThan(300);
      else if (stays) expectRefusal(reply, 'outcome_unknown');
      else expectRefusal(reply, 'storage_unavailable');
      expect((await happened(event)) - before).toBe(cut === 'after_commit' ? 1 : 0);
      proxy.mend();
      // And it goes on by itself, also for a session that the lost change did not end.
      await vi.waitFor(async () => anna.peer.call('update_profile', { changes: { bio: 'again' } }), LATEST);
    },
  );
});

test('what a PostgreSQL that ended meanwhile says about the number of a lost transaction is not believed', async () => {
  // It writes its log when somebody waits for it, and not before.
  await using cluster = await startPostgres({ settings: { wal_writer_delay: '10s' } });
  const url = new URL(await cluster.createDatabase('auth'));
  await using line = await CutProxy.to(url.hostname, Number(url.port));
  url.port = String(line.port);
  await using other = await startServer({ database: url.href });
  await using anna = await registered(other, 'anna');
  /** Gives a transaction a number, and returns it. */
  const nextNumber = async (): Promise<number> => {
    const client = new pg.Client({ connectionString: cluster.superuserUrl('auth') });
    await client.connect();
    await client.query('CREATE TABLE IF NOT EXISTS numbers (n bigint)');
    const { rows } = await client.query<{ n: string }>(
      'INSERT INTO numbers SELECT pg_current_xact_id()::text::bigint RETURNING n',
    );
    await client.end();
    return Number(rows[0]?.n);
  };
  const last = await nextNumber();
  line.cutAt('before_commit', { stays: true });
  const asked = anna.peer.ask('update_profile', { changes: { bio: 'lost' } });
  await vi.waitFor(() => expect(line.cuts).toBe(1), LATEST);
  await cluster.kill();
  await cluster.start();
  // The lost transaction's number is given again, and this time it is committed.
  const first = await nextNumber();
  expect(first).toBeLessThanOrEqual(last + 1);
  while ((await nextNumber()) < last + 20);
  line.mend();
  expectRefusal(await asked, 'outcome_unknown');
  await vi.waitFor(async () => {
    const { account } = await anna.peer.call('get_profile');
    expect(account.bio).toBeNull();
  }, LATEST);
});

test('while the database is away everything is refused in time, what is remembered as well, and goes on by itself', async () => {
  await using anna = await registered(server, 'anna');
  await using peer = await RawPeer.handshaken(server);
  const { session_token: token } = anna;
  expect(await peer.call('verify_token', { token })).toMatchObject({ active: true });
  proxy.cutAll();
  await vi.waitFor(async () => {
    expectRefusal(await peer.ask('verify_token', { token }), 'storage_unavailable');
  }, LATEST);
  expectRefusal(await anna.peer.ask('get_profile'), 'storage_unavailable');
  expectRefusal(await anna.peer.ask('update_profile', { changes: { bio: 'x' } }), 'storage_unavailable');
  // Whoever comes in meanwhile is told so at the door, where client keys are looked up.
  await using late = await RawPeer.open(server);
  expectRefusal(await late.handshake(server.address.key), 'storage_unavailable');
  // Ended past the server, with nothing announced: nothing that was remembered is relied on any more.
  await beside.query('UPDATE sessions SET ended_at = 1');
  proxy.mend();
  await vi.waitFor(async () => {
    expect(await peer.call('verify_token', { token })).toMatchObject({ active: false });
  }, LATEST);
});

test('whoever loses the database to another server answers nothing until it has it again', async () => {
  await using anna = await registered(server, 'anna');
  await using peer = await RawPeer.handshaken(server);
  const { session_token: token } = anna;
  await peer.call('verify_token', { token });
  // The holder's connection ends, and somebody else is quicker.
  await beside.query(`SELECT pg_terminate_backend(pid) FROM pg_locks
    WHERE locktype = 'advisory' AND database = (SELECT oid FROM pg_database WHERE datname = current_database())`);
  await beside.query('SELECT pg_advisory_lock(7597138431604212224)');
  await vi.waitFor(async () => {
    expectRefusal(await peer.ask('verify_token', { token }), 'storage_unavailable');
  }, LATEST);
  expectRefusal(await anna.peer.ask('update_profile', { changes: { bio: 'x' } }), 'storage_unavailable');
  await beside.query('SELECT pg_advisory_unlock(7597138431604212224)');
  await vi.waitFor(async () => {
    expect(await peer.call('verify_token', { token })).toMatchObject({ active: true });
  }, LATEST);
});

test('a second server on the database is refused with a sentence', async () => {
  await expect(startServer({ database: database.url })).rejects.toThrow(
    'Another auth-server uses this database.',
  );
});
