/** Somebody tries to get words of theirs into SQL: on the wire to PostgreSQL they are values, and never part of a statement. */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo } from 'node:net';
import { expect, test } from 'vitest';
import { onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable } from '../support/fresh_database.js';
import { administrator, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer } from '../support/server.js';

/** In everything that somebody says here; letters that a name may have. */
const MARK = 'qzvmark';
const HOSTILE = `${MARK}'; DROP TABLE accounts; -- $1 ") \\`;

type Seen = { readonly statements: string[]; values: number };

/** Notes each message of a client [PostgreSQL, 55.7]: statements in Parse and Query, the rest is values. */
function note(seen: Seen): (chunk: Buffer) => void {
  let [rest, started] = [Buffer.alloc(0), false];
  return (chunk) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const start = started ? 1 : 0;
      if (rest.length < start + 4) return;
      const end = start + rest.readInt32BE(start);
      if (rest.length < end) return;
      const type = started ? String.fromCharCode(rest[0] ?? 0) : '';
      const body = rest.toString('utf8', start + 4, end);
      if (type === 'P' || type === 'Q') seen.statements.push(body);
      else if (body.toLowerCase().includes(MARK)) seen.values += 1;
      rest = rest.subarray(end);
      started = true;
    }
  };
}

test.runIf(onSqlite('it names its own PostgreSQL') && postgresAvailable())(
  'no word of a request is part of a statement',
  { timeout: 60_000 },
  async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    const target = { host: url.hostname, port: Number(url.port) };
    const seen: Seen = { statements: [], values: 0 };
    const proxy = createServer((client) => {
      const server = connect(target);
      const look = note(seen);
      client.on('data', (chunk: Buffer) => {
        look(chunk);
        server.write(chunk);
      });
      server.pipe(client);
      for (const one of [client, server]) one.on('error', () => undefined);
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    url.port = String((proxy.address() as AddressInfo).port);
    {
      await using server = await startServer({ database: url.href });
      const boss = await administrator(server);
      const person = await registered(server, MARK);
      await using stranger = await RawPeer.handshaken(server);
      const { account_id } = (await person.peer.call('whoami')).account;
      await person.peer.call('update_profile', {
        changes: { first_name: HOSTILE, last_name: HOSTILE, bio: HOSTILE, email: `${MARK}@example.test` },
      });
      await person.peer.ask('update_profile', { changes: { picture_url: `https://x.test/${HOSTILE}` } });
      await person.peer.ask('change_password', {
        current_password: HOSTILE,
        new_password: `${MARK} ${PASSWORD}`,
      });
      await person.peer.ask('revoke_session', { session_id: HOSTILE });
      await stranger.ask('authenticate', { user: { account_name: HOSTILE, password: HOSTILE } });
      await stranger.ask('register', { user: { account_name: HOSTILE, password: PASSWORD } });
      await stranger.ask('redeem_code', { account_name: MARK, code: HOSTILE, new_password: PASSWORD });
      await stranger.ask('resume', { session_token: `pcs_${MARK.padEnd(43, 'x')}` });
      await stranger.ask('verify_token', { token: `pcs_${MARK.padEnd(43, 'x')}` });
      for (const query of [
        { search: HOSTILE },
        { search: MARK, sort: 'email', descending: true },
        { search: MARK, not_search: MARK, not_role: 'admin', status: 'active' },
        { cursor: HOSTILE },
        { sort: HOSTILE },
        { role: HOSTILE },
        { holds: HOSTILE },
      ])
        await boss.peer.ask('list_users', query);
      await boss.peer.ask('get_user', { account_id: HOSTILE });
      await boss.peer.ask('suspend_user', { account_id, reason: HOSTILE });
      await boss.peer.ask('assign_role', { account_id, role: HOSTILE });
      await boss.peer.ask('create_client_key', { name: MARK });
      await boss.peer.ask('create_user', { user: { account_name: `${MARK}2`, first_name: HOSTILE } });
    }
    proxy.close();
    // It was on the wire, often, and the statements were seen.
    expect(seen.values).toBeGreaterThan(10);
    expect(seen.statements.length).toBeGreaterThan(50);
    expect(seen.statements.filter((sql) => sql.toLowerCase().includes(MARK))).toEqual([]);
    // Nor is there a literal in which something could stand that isn't ours: every text in one is a word of the program.
    const literals = seen.statements.flatMap((sql) =>
      [...sql.matchAll(/'([^']*)'/g)].map(([, text]) => text ?? ''),
    );
    expect(literals.filter((text) => /[;\\$"]|--/.test(text))).toEqual([]);
  },
);
