/**
 * People who give themselves the longest and widest names and addresses there can be, and clients that say as much of themselves
 * as they can: every list that shows them goes on, in every order, and is a reply that a client takes.
 */
import { randomBytes } from 'node:crypto';
import { expect, test } from 'vitest';
import { LIMITS, USER_SORTS } from '../../src/protocol/index.js';
import { loadConfig } from '../../src/server/config.js';
import { columnsOf, openBeside } from '../support/database.js';
import { administrator, registered } from '../support/raw_peer.js';
import { startServer } from '../support/server.js';

/** One byte, two, three and four of UTF-8, and what JSON escapes. */
const LETTERS = ['w', 'Ñ', '山', '💃', '𠀀', '"', '\\'];
/** With what stands in front of it as long as an address can be, 254 bytes. */
const DOMAIN = `${'ä'.repeat(46)}.${'ö'.repeat(46)}.org`;

test('whoever has the longest name or address there can be breaks no page of any list', async () => {
  await using server = await startServer();
  await using boss = await administrator(server);
  for (const [n, letter] of LETTERS.entries()) {
    const wide = letter.repeat(LIMITS.name_length_max);
    const name = 'abcdefg'.charAt(n);
    await using person = await registered(
      server,
      `wide.${name.repeat(LIMITS.account_name_length_max - 5)}`,
      {},
      { first_name: wide, last_name: wide, email: `${name}${'é'.repeat(31)}@${DOMAIN}` },
    );
    expect(person.account_id).toMatch(/^a_/);
  }
  for (const sort of USER_SORTS) {
    for (const descending of [false, true]) {
      const seen = new Set<string>();
      for (let cursor: string | null | undefined; cursor !== null;) {
        const asked = { sort, descending, limit: 1, ...(cursor === undefined ? {} : { cursor }) };
        const page = await boss.peer.call('list_users', asked);
        for (const { account_id } of page.users) seen.add(account_id);
        cursor = page.next_cursor;
      }
      expect(seen.size, `${sort} ${descending}`).toBe(LETTERS.length + 1);
    }
  }
});

test('as many sessions as an account can have, each of a client that says as much as it can, are one reply', async () => {
  // More are not to be had: `--sessions-max`.
  const SESSIONS_MAX = 500;
  expect(() => loadConfig({ 'sessions-max': String(SESSIONS_MAX + 1) }, {})).toThrow(/1 to 500/);
  await using server = await startServer({ flags: { 'sessions-max': String(SESSIONS_MAX) } });
  const said = '💃'.repeat(LIMITS.device_text_length_max);
  const device = { client_name: said, client_version: said, os: said, host_name: said };
  await using anna = await registered(server, 'anna', { device });
  {
    using db = openBeside(server.data_folder);
    const columns = columnsOf(db, 'sessions');
    const copied = columns.map((name) => (['session_id', 'token_hash'].includes(name) ? `@${name}` : name));
    const more = db.prepare(
      `INSERT INTO sessions (${columns.join(', ')}) SELECT ${copied.join(', ')} FROM sessions WHERE session_id = @copied`,
    );
    for (let n = 1; n < SESSIONS_MAX; n += 1)
      more.run({
        copied: anna.session_id,
        session_id: `s_${randomBytes(10).toString('hex')}`,
        token_hash: randomBytes(32),
      });
  }
  const { sessions } = await anna.peer.call('list_sessions');
  expect(sessions.length).toBe(SESSIONS_MAX);
  expect(new Set(sessions.map(({ host_name }) => host_name))).toEqual(new Set([said]));
});
