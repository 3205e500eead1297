/**
 * The server is killed while people guess wrong and sign in on known devices. What an answer has told of a guess still counts
 * afterwards, and a device token that was handed out still makes its device known.
 */
import { createHash } from 'node:crypto';
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { accountSubject, deviceSubject } from '../../src/server/domain/index.js';
import { startBuilt } from '../support/built_server.js';
import { openBeside } from '../support/database.js';
import { longOrShort, printFigures, seededRandom, until } from '../support/drill.js';
import { FakeClock } from '../support/fake_clock.js';
import { PASSWORD, RawPeer, type Reachable } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder } from '../support/server.js';

const KILLS = longOrShort(20, 2);
const CLIENTS = 6;
/** All of loopback is one address, and that has twenty guesses of a stranger until the next start. */
const STRANGERS_GUESSES = 15;
const SEED = Date.now() >>> 0;
const random = seededRandom(SEED);

/** Guesses at one place: how many were acknowledged in a row, and what was asked for when the connection broke. */
type Counted = { wrong: number; doubt: 'wrong' | 'right' | null };
/** What is known of one account and the device that its token makes known. */
type Known = {
  readonly name: string;
  readonly account_id: string;
  readonly device_token: string;
  readonly device: Counted;
  readonly strangers: Counted;
};

let all: Known[] = [];
let acknowledged = 0;
let data: string;
beforeAll(() => void (data = temporaryFolder()));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const signIn = ({ name }: Known, password: string, more: object = {}): object => ({
  user: { account_name: name, password },
  ...more,
});

/** One guess; counts what was acknowledged. */
async function guess(
  peer: RawPeer,
  counted: Counted,
  kind: 'wrong' | 'right',
  params: object,
): Promise<void> {
  counted.doubt = kind;
  const reply = await peer.ask('authenticate', params);
  if (kind === 'wrong') expectRefusal(reply, 'invalid_credentials');
  else expect(reply).toMatchObject({ response: 200 });
  counted.doubt = null;
  counted.wrong = kind === 'wrong' ? counted.wrong + 1 : 0;
  acknowledged += 1;
}

/** Registers and guesses on the device, as often as costs no wait; now and then it is right, and all begins anew. */
async function oneLife(server: Reachable, name: string): Promise<void> {
  await using peer = await RawPeer.handshaken(server);
  const user = { account_name: name, password: PASSWORD };
  const { account, device_token } = await peer.call('register', { user });
  const counted = (): Counted => ({ wrong: 0, doubt: null });
  const { account_id } = account;
  const known = { name, account_id, device_token, device: counted(), strangers: counted() };
  all.push(known);
  await peer.call('logout');
  while (known.device.wrong < 3) {
    const right = random() < 0.2;
    await guess(
      peer,
      known.device,
      right ? 'right' : 'wrong',
      signIn(known, right ? PASSWORD : 'a wrong horse', { device_token }),
    );
    if (right) await peer.call('logout');
  }
}

/** Guesses as a stranger at the accounts that are there, once at each so that none has to wait. */
async function strangers(server: Reachable): Promise<void> {
  await using peer = await RawPeer.handshaken(server);
  for (let n = 0; n < STRANGERS_GUESSES; n += 1) {
    const target = all.filter(({ strangers: { wrong } }) => wrong < 3).slice(-8)[n % 8];
    if (target === undefined) await sleep(50);
    else await guess(peer, target.strangers, 'wrong', signIn(target, 'a wrong horse'));
  }
}

/** Lets one of those go on who work until the server is gone. */
async function untilGone(work: Promise<void>): Promise<void> {
  try {
    await work;
  } catch (error) {
    // What the killed server could not answer any more; every other failure is one of the drill.
    if (!/closed before|no welcome: \{\}|ECONNREFUSED|ECONNRESET|EPIPE/.test(String(error))) throw error;
  }
}

/** What may be in the file of what was acknowledged. */
const possible = ({ wrong, doubt }: Counted): number[] =>
  doubt === null ? [wrong] : [wrong, doubt === 'wrong' ? wrong + 1 : 0];

/** Compares what was acknowledged with what is in the file; gives what is otherwise. */
function losses(): string[] {
  using db = openBeside(data);
  const device = db.prepare<[Buffer], string>('SELECT device_id FROM devices WHERE token_hash = ?').pluck();
  const failures = db
    .prepare<[string], number>('SELECT failures FROM guess_counters WHERE subject = ?')
    .pluck();
  const drawn = db
    .prepare<[string], number>('SELECT count(*) FROM stranger_guesses WHERE subject = ?')
    .pluck();
  return all.flatMap((known) => {
    const id = device.get(createHash('sha256').update(known.device_token).digest());
    if (id === undefined) return [`${known.name}: the device is unknown`];
    const subject = accountSubject(known.account_id);
    return [
      ['guesses on the device', failures.get(deviceSubject(id)) ?? 0, known.device] as const,
      ['guesses of strangers', failures.get(subject) ?? 0, known.strangers] as const,
      ['the allowance', drawn.get(subject) ?? 0, known.strangers] as const,
    ].flatMap(([what, found, counted]) =>
      possible(counted).includes(found)
        ? []
        : [`${known.name}: ${what} ${found}, not ${possible(counted).join(' or ')}`],
    );
  });
}

/** Through the front door: who guessed three times waits, whoever else signs in on the known device and keeps the token. */
async function throughTheDoor(): Promise<number> {
  const clock = new FakeClock();
  await using server = await startServer({ data_folder: data, clock, flags: { throttle: 'on' } });
  using db = openBeside(data);
  const last = db
    .prepare<[string], number>(
      `SELECT last_failure_at FROM guess_counters JOIN devices ON subject = 'device:' || device_id WHERE account_id = ?`,
    )
    .pluck();
  let tokens = 0;
  for (const known of all) {
    if (known.device.doubt !== null) continue;
    // In the moment of its last guess: the first wait is a second only.
    clock.jump((last.get(known.account_id) ?? Date.now()) - clock.now());
    await using peer = await RawPeer.handshaken(server);
    const { device_token } = known;
    const reply = await peer.ask('authenticate', signIn(known, PASSWORD, { device_token }));
    if (known.device.wrong >= 3) expectRefusal(reply, 'throttled');
    else expect(reply).toMatchObject({ response: 200, result: { device_token } });
    tokens += 1;
  }
  return tokens;
}

test(`kill -9 while people guess, ${KILLS} times: what was told still counts, who was known is known`, async () => {
  let [tokens, lives] = [0, 0];
  const lost: string[] = [];
  for (let kill = 0; kill < KILLS; kill += 1) {
    all = [];
    const before = acknowledged;
    // The later flag counts: guesses are counted.
    await using program = startBuilt(data, '--throttle', 'on', '--hash-queue', '200');
    const server = await program.ready();
    const load = async (client: number): Promise<void> => {
      // An address registers sixty accounts at most.
      for (let n = 0; n < 9; n += 1) await oneLife(server, `k${'abcdefghijklmnopqrst'[kill]}.${client}.${n}`);
    };
    const working = Array.from({ length: CLIENTS }, (_, client) => untilGone(load(client)));
    const together = Promise.all([...working, untilGone(strangers(server))]);
    // Looked at below; until then it must not count as forgotten.
    together.catch(() => null);
    const enough = before + 20 + random() * 40;
    await until('guesses are acknowledged', () => acknowledged >= enough, 60_000);
    await sleep(random() * 50);
    program.child.kill('SIGKILL');
    expect(await program.exited).toBe('SIGKILL');
    await together;
    lost.push(...losses());
    lives += all.length;
    tokens += await throughTheDoor();
  }
  const counts = { kills: KILLS, acknowledged, lost: lost.length };
  printFigures(
    'kill -9, guesses',
    { ...counts, accounts: lives, 'device tokens': tokens, seed: SEED },
    counts,
  );
  expect(lost).toEqual([]);
});
