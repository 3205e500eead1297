/** [T-46] Many addresses of one owner: all of loopback, or the /64 networks of one IPv6 site. */
import { describe, expect, test } from 'vitest';
import { BUCKET_LIMITS, isFailure, LIMITS, type JsonObject } from '../../src/protocol/index.js';
import { addressKey } from '../../src/server/domain/index.js';
import { Throttle } from '../../src/server/throttle/index.js';
import { auditRows } from '../support/database.js';
import { addressOf, fromOneSite } from '../support/addresses.js';
import { PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

const loopback = (n: number): string => `127.${n % 7}.${n >> 8}.${n & 255 || 1}`;
const nth = (n: number): string =>
  [n / 100, n / 10, n].map((digit) => 'abcdefghij'[(digit | 0) % 10] ?? '').join('');

/** Tries one wrong password at `names` accounts, each from an address of its own. */
async function spray(server: TestServer, names: number, from: (n: number) => string): Promise<JsonObject[]> {
  const replies: JsonObject[] = [];
  for (let n = 0; n < names; n += 1) {
    await using peer = await RawPeer.handshaken(server, server.address.key, { from: from(n) });
    const user = { account_name: `victim.${nth(n)}`, password: 'a wrong horse battery' };
    replies.push(await peer.ask('authenticate', { user }));
  }
  return replies;
}

const wrong = (replies: readonly JsonObject[]): number =>
  replies.filter(({ code }) => code === 'invalid_credentials').length;

describe('[T-46] a password sprayed over 300 names', () => {
  test('from 300 addresses of loopback: as from one', async () => {
    await using server = await startServer({ flags: { throttle: 'on' } });
    const replies = await spray(server, 300, loopback);
    expect(wrong(replies)).toBe(10);
    expect(replies.filter(({ code }) => code === 'throttled')).toHaveLength(290);
    // Where it came from is told as it was.
    const seen = new Set(auditRows(server.data_folder, 0).map(({ address }) => address));
    expect([...seen]).toEqual(Array.from({ length: 10 }, (_, n) => loopback(n)));
  });

  test('from 300 networks of one IPv6 site: ten times as many', async () => {
    await using server = await startServer({ addressOf, flags: { throttle: 'on' } });
    const replies = await spray(server, 300, fromOneSite);
    expect(wrong(replies)).toBe(100);
  });
});

test.each(['guess', 'create'] as const)(
  '[T-46] the bucket %s of a site is ten times that of an address',
  async (bucket) => {
    const throttle = new Throttle(true);
    const { points } = BUCKET_LIMITS[bucket][0];
    let let_through = 0;
    for (let n = 0; n < points * 12; n += 1) {
      const draw = await throttle.draw(bucket, addressKey(`2001:db8:1:${n.toString(16)}::1`));
      if (!isFailure(draw)) {
        draw.end();
        let_through += 1;
      }
    }
    // The second limit of `guess`, a hundred in an hour, is ten times as high, too.
    expect(let_through).toBe(points * 10);
    expect(isFailure(await throttle.draw(bucket, addressKey('2001:db8:2::1')))).toBe(false);
  },
);

describe('[T-46] connections of strangers', () => {
  const flags = { 'connections-per-address': String(LIMITS.connections_per_address_before_sign_in_max) };

  async function connected(server: TestServer, count: number, from: (n: number) => string): Promise<number> {
    const peers: RawPeer[] = [];
    let challenged = 0;
    for (let n = 0; n < count; n += 1) {
      const peer = await RawPeer.open(server, { from: from(n) });
      peers.push(peer);
      const first = await peer.take();
      if (first?.['action'] === 'challenge') challenged += 1;
      else expect(first?.['code']).toBe('too_many_connections');
    }
    for (const peer of peers) await peer[Symbol.asyncDispose]();
    return challenged;
  }

  test('from all of loopback: as many as from one address', async () => {
    await using server = await startServer({ flags });
    expect(await connected(server, 30, loopback)).toBe(20);
  });

  test('from the networks of one IPv6 site: ten times as many', async () => {
    await using server = await startServer({ addressOf, flags });
    expect(await connected(server, 230, fromOneSite)).toBe(200);
  });
});

test('[T-46] sessions and sign-in history tell the address itself', async () => {
  await using server = await startServer();
  await (await registered(server, 'anna')).peer[Symbol.asyncDispose]();
  await using peer = await RawPeer.handshaken(server, server.address.key, { from: '127.9.8.7' });
  const { session } = await peer.call('authenticate', { user: { account_name: 'anna', password: PASSWORD } });
  expect(session.address).toBe('127.9.8.7');
  const { entries } = await peer.call('login_history');
  expect(entries[0]?.address).toBe('127.9.8.7');
});
