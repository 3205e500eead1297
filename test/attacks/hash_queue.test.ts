/**
 * [T-45] Right answers as a weapon: whoever keeps all password hashes busy with accounts of their own, or with somebody
 * else's, waits for it themselves.
 */
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../src/protocol/index.js';
import { WorkSlots, type Whose } from '../../src/server/crypto/index.js';
import { addressOf, farAway } from '../support/addresses.js';
import { PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

const nth = (n: number): string => `${'abcdefghij'[(n / 10) | 0] ?? ''}${'abcdefghij'[n % 10] ?? ''}`;
const signIn = (account_name: string): object => ({ user: { account_name, password: PASSWORD } });

/** Has the right password checked again and again on a signed-in connection; returns how often it was told `busy`. */
async function confirmWithoutEnd(peer: RawPeer, isOver: () => boolean): Promise<number> {
  let busy = 0;
  while (!isOver()) {
    const { code } = await peer.ask('confirm_password', { password: PASSWORD });
    if (code === 'busy') busy += 1;
    if (code !== undefined) await sleep(2);
  }
  return busy;
}

/** Three connections for each account: so many checks at once the ladder lets an account have. */
async function attackersOf(server: TestServer, accounts: number): Promise<RawPeer[]> {
  const peers: RawPeer[] = [];
  for (let n = 0; n < accounts; n += 1) {
    const name = `own.${nth(n)}`;
    peers.push((await registered(server, name)).peer);
    for (let more = 0; more < 2; more += 1) {
      const peer = await RawPeer.handshaken(server);
      await peer.call('authenticate', signIn(name));
      peers.push(peer);
    }
  }
  return peers;
}

describe('[T-45] thirteen accounts of one person keep the queue full', () => {
  test('fifteen people on other addresses sign in, and none of them is told `busy`', async () => {
    await using server = await startServer({ addressOf, flags: { throttle: 'on' } });
    for (let n = 0; n < 15; n += 1)
      await (await registered(server, `honest.${nth(n)}`)).peer[Symbol.asyncDispose]();
    const attackers = await attackersOf(server, 13);
    let over = false;
    const attack = attackers.map((peer) => confirmWithoutEnd(peer, () => over));
    await sleep(100);
    const codes: unknown[] = [];
    for (let n = 0; n < 15; n += 1) {
      await using peer = await RawPeer.handshaken(server, server.address.key, { from: farAway(n) });
      const { response, code } = await peer.ask('authenticate', signIn(`honest.${nth(n)}`));
      codes.push(code ?? response);
    }
    over = true;
    const busy = (await Promise.all(attack)).reduce((sum, one) => sum + one, 0);
    for (const peer of attackers) await peer[Symbol.asyncDispose]();
    expect(codes).toEqual(codes.map(() => 200));
    // Else the queue was never full, and nothing was shown.
    expect(busy).toBeGreaterThan(0);
  });
});

describe('[T-45] at the queue', () => {
  const job = (address: string, account: string, known_device = false): Whose => ({
    address,
    account,
    known_device,
  });

  /** One slot that is busy, a queue that is full, and a clock of hashes. */
  function flooded(flood: readonly Whose[]): {
    slots: WorkSlots;
    hash: () => Promise<number>;
    settled: Promise<unknown>;
  } {
    const slots = new WorkSlots(1, 32);
    let hashes = 0;
    const hash = async (): Promise<number> => {
      await sleep(1);
      return (hashes += 1);
    };
    const settled = Promise.all(flood.map((whose) => slots.run(whose, 1, hash)));
    return { slots, hash, settled };
  }

  const ADDRESSES = Array.from({ length: 200 }, (_, n) => job(`198.18.1.${n}`, 'account:owner'));
  const OWN = Array.from({ length: 200 }, (_, n) => job('198.18.2.1', `account:own ${n % 13}`));
  const OWN_KNOWN = OWN.map((whose) => ({ ...whose, known_device: true }));
  const SITE = Array.from({ length: 200 }, (_, n) => job(`2001:db8:9:${n.toString(16)}::1`, `account:${n}`));

  test.each([
    ['one account is guessed at from 200 addresses', ADDRESSES],
    ['thirteen accounts of one person, from one address', OWN],
    ['the same on devices that are known', OWN_KNOWN],
    ['both at once', [...ADDRESSES.slice(0, 100), ...OWN_KNOWN]],
    ['200 accounts from a /64 each of one /48', SITE],
  ])('%s: a known device of the owner waits for three hashes at most', async (_what, flood) => {
    const { slots, hash, settled } = flooded(flood);
    const done = await slots.run(job('203.0.113.7', 'account:owner', true), 1, hash);
    expect(done).toBeLessThanOrEqual(4);
    await settled;
  });

  test.each([
    ['one account is guessed at from 200 addresses', ADDRESSES],
    ['thirteen accounts of one person, from one address', OWN],
    ['the same on devices that are known', OWN_KNOWN],
    ['both at once', [...ADDRESSES.slice(0, 100), ...OWN_KNOWN]],
    ['200 accounts from a /64 each of one /48', SITE],
  ])('%s: fifteen newcomers on addresses of their own are not turned away', async (_what, flood) => {
    const { slots, hash, settled } = flooded(flood);
    const newcomers = await Promise.all(
      Array.from({ length: 15 }, (_, n) => slots.run(job(`203.0.113.${n}`, `account:new ${n}`), 1, hash)),
    );
    expect(newcomers.filter((one) => isFailure(one))).toEqual([]);
    await settled;
  });
});
