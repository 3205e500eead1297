/**
 * People who give themselves the longest and widest names and addresses there can be: every list that shows them goes on, in
 * every order, from one page to the next.
 */
import { expect, test } from 'vitest';
import { LIMITS, USER_SORTS } from '../../src/protocol/index.js';
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
