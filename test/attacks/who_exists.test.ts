/**
 * The attacker wants to know which of many names have an account, on a server that slows down guessing as it comes. Guesses that
 * are looked at and those that have to wait, for whatever reason, say the same for a name that nobody has, a wrong password, a
 * suspended account and one that has no password yet; and take the same time. The clock stands still unless it is moved on, so
 * that waits can be compared to the millisecond.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { addressOf, farAway } from '../support/addresses.js';
import { alike, MORE_SAMPLES, sample, SAMPLES, shuffled, type Samples } from '../support/alike.js';
import { openBeside } from '../support/database.js';
import { FakeClock, MINUTE_MS } from '../support/fake_clock.js';
import { administrator, invited, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { SHOWING_LOG_N, startServer, type TestServer } from '../support/server.js';

const KINDS = ['unknown', 'wrong_password', 'suspended', 'pending'] as const;
type Kind = (typeof KINDS)[number];

const QUARTER_MS = 15 * MINUTE_MS;
/** Two of each kind stay below the ten accounts that an address may try. */
const NAMES_PER_KIND = 2;
/** Names of one length, so that nothing but the account differs. */
const nameOf = (kind: Kind, index: number): string => `${kind.slice(0, 3)}.person-${index}`;
const NAMES = KINDS.flatMap((kind) =>
  Array.from({ length: NAMES_PER_KIND }, (_, index) => ({ kind, name: nameOf(kind, index) })),
);
const guessAt = (account_name: string): object => ({
  user: { account_name, password: `${PASSWORD}!` },
});

const clock = new FakeClock();
let server: TestServer;
let comesFrom = 0;

beforeAll(async () => {
  // With cheap hashes every other difference stands out the more, and a hash that is left out still takes most of the time.
  server = await startServer({ flags: { throttle: 'on' }, log_n: SHOWING_LOG_N, clock, addressOf });
  await using boss = await administrator(server);
  for (let index = 0; index < NAMES_PER_KIND; index += 1) {
    const known = await registered(server, nameOf('wrong_password', index));
    await known.peer[Symbol.asyncDispose]();
    const suspended = await registered(server, nameOf('suspended', index));
    await boss.peer.call('suspend_user', { account_id: suspended.account_id });
    await suspended.peer[Symbol.asyncDispose]();
    await invited(boss.peer, nameOf('pending', index));
  }
}, 120_000);

afterAll(async () => {
  await server[Symbol.asyncDispose]();
});

/** A stranger from an address that nobody has come from before. */
const stranger = (): Promise<RawPeer> =>
  RawPeer.handshaken(server, server.address.key, { from: farAway((comesFrom += 1)) });

const bytesOf = (samples: Samples<Kind>): string[] => [
  ...new Set(KINDS.flatMap((kind) => samples[kind].map(({ bytes }) => bytes))),
];

/** Asks about every name `times` times on one connection, in random order, and adds the answers. */
async function askAbout(peer: RawPeer, times: number, into: Samples<Kind>): Promise<void> {
  for (let time = 0; time < times; time += 1)
    for (const { kind, name } of shuffled(NAMES))
      into[kind].push(await sample(peer, 'authenticate', guessAt(name)));
}

describe('[T-28] with the limits as shipped nobody learns which accounts exist', () => {
  test('from guesses that are looked at, one in a quarter of an hour from each address', async () => {
    const samples = await alike('looked at', KINDS, [SAMPLES, MORE_SAMPLES * 3], async (rounds, into) => {
      for (let done = 0; done < rounds; done += NAMES_PER_KIND) {
        await using peer = await stranger();
        await askAbout(peer, 1, into);
        clock.advance(QUARTER_MS);
      }
    });
    const bytes = bytesOf(samples);
    expect(bytes).toHaveLength(1);
    expect(bytes[0]).toContain('invalid_credentials');
  }, 600_000);

  test('from the wait of an address for its own guesses', async () => {
    const samples = await alike('own wait', KINDS, [SAMPLES * 3, MORE_SAMPLES * 3], async (rounds, into) => {
      for (let done = 0; done < rounds;) {
        clock.advance(QUARTER_MS);
        await using peer = await stranger();
        // One name of each kind: three guesses each are fewer than the twenty that an address has.
        const names = NAMES.filter(({ name }) => name.endsWith('-0'));
        for (const { name } of names)
          for (let guess = 0; guess < 3; guess += 1) await peer.ask('authenticate', guessAt(name));
        for (let time = 0; time < 10; time += 1)
          for (const { kind, name } of shuffled(names))
            into[kind].push(await sample(peer, 'authenticate', guessAt(name)));
        done += 10;
      }
    });
    const bytes = bytesOf(samples);
    expect(bytes).toHaveLength(1);
    expect(bytes[0]).toContain('"retry_after_ms":1000');
  }, 600_000);

  test('from the wait for an account that takes no more guesses of strangers', async () => {
    clock.advance(QUARTER_MS);
    // Each from a network that was quiet: only such ones use up both halves of what the account takes.
    for (const { name } of NAMES)
      for (let guess = 0; guess < 10; guess += 1) {
        await using peer = await stranger();
        expectRefusal(await peer.ask('authenticate', guessAt(name)), 'invalid_credentials');
      }
    const samples = await alike('account', KINDS, [SAMPLES * 3, MORE_SAMPLES * 3], async (rounds, into) => {
      for (let done = 0; done < rounds; done += 10 * NAMES_PER_KIND) {
        await using peer = await stranger();
        await askAbout(peer, 10, into);
      }
    });
    const bytes = bytesOf(samples);
    expect(bytes).toHaveLength(1);
    expect(bytes[0]).toContain(`"retry_after_ms":${QUARTER_MS}`);
  }, 600_000);

  test('from the wait of an address that may guess no more, at whatever name', async () => {
    clock.advance(QUARTER_MS);
    const from = farAway((comesFrom += 1));
    for (let guess = 0; guess < 20; guess += 1) {
      await using peer = await RawPeer.handshaken(server, server.address.key, { from });
      await peer.ask('authenticate', guessAt(`nobody.${guess % 10}`));
    }
    const samples = await alike('address', KINDS, [SAMPLES * 3, MORE_SAMPLES * 3], async (rounds, into) => {
      for (let done = 0; done < rounds; done += 10 * NAMES_PER_KIND) {
        await using peer = await RawPeer.handshaken(server, server.address.key, { from });
        await askAbout(peer, 10, into);
      }
    });
    // The limits of an address run by the real time.
    const bytes = new Set(bytesOf(samples).map((text) => text.replace(/"retry_after_ms":\d+/, '')));
    expect([...bytes]).toHaveLength(1);
    expect([...bytes][0]).toContain('throttled');
  }, 600_000);

  test('nor from how many guesses are looked at: each kind is counted in the same way', async () => {
    clock.advance(QUARTER_MS);
    const told = new Map<Kind, string[]>();
    for (const kind of KINDS) {
      const codes: string[] = [];
      for (let address = 0; address < 5; address += 1) {
        await using peer = await stranger();
        for (let guess = 0; guess < 4; guess += 1) {
          const reply = await peer.ask('authenticate', guessAt(nameOf(kind, 0)));
          codes.push([reply['code'], reply['retry_after_ms']].join(' '));
        }
      }
      told.set(kind, codes);
    }
    for (const kind of KINDS) expect(told.get(kind), kind).toEqual(told.get('unknown'));
    expect(told.get('unknown')?.filter((one) => one.startsWith('invalid_credentials'))).toHaveLength(10);
    using db = openBeside(server.data_folder);
    const counted = db
      .prepare<[number], { subject: string; half: string }>(
        'SELECT subject, half FROM stranger_guesses WHERE at = ? ORDER BY guess_id',
      )
      .all(clock.now());
    const halves = new Map<string, string>();
    for (const { subject, half } of counted) halves.set(subject, `${halves.get(subject) ?? ''} ${half}`);
    expect(halves.size).toBe(KINDS.length);
    expect(new Set(halves.values()).size).toBe(1);
  });
});
