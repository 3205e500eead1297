import { readFileSync, rmSync } from 'node:fs';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterAll, beforeAll, expect, test } from 'vitest';
import type { AuditEvent } from '../../src/protocol/index.js';
import { startBuilt } from '../support/built_server.js';
import { openBeside, unsound } from '../support/database.js';
import { longOrShort, printFigures, seededRandom, until } from '../support/drill.js';
import {
  administrator,
  authenticated,
  PASSWORD,
  RawPeer,
  resumed,
  type Reachable,
} from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

const CLIENTS = 12;
const KILLS = longOrShort(30, 3);
/** Accounts that are tried through the front door after each kill. */
const TOKENS_TRIED = 20;
const SEED = Date.now() >>> 0;
const random = seededRandom(SEED);

/** What a client knows of one account: what was acknowledged, and the one thing that may or may not have happened. */
type Known = {
  readonly name: string;
  account_id: string | null;
  bio: string | null;
  status: 'active' | 'suspended' | 'deleted';
  refresh_token: string;
  /** Changes that were answered with success. */
  readonly done: AuditEvent[];
  /** The change that was asked for when the connection broke. */
  doubt: AuditEvent | null;
  doubt_bio: string | null;
};

const all: Known[] = [];
let data: string;
let bossToken: string;

beforeAll(() => void (data = temporaryFolder()));
afterAll(() => rmSync(data, { recursive: true, force: true }));

const acknowledgedNow = (): number => all.reduce((sum, { done }) => sum + done.length, 0);

/** Asks for a change and remembers it as done when it was acknowledged. */
async function change<T>(known: Known, event: AuditEvent, ask: () => Promise<T>): Promise<T> {
  known.doubt = event;
  const result = await ask();
  known.doubt = null;
  known.done.push(event);
  return result;
}

/** One account from its registration to its end, with everything that a person and an administrator do in between. */
async function oneLife(server: Reachable, boss: RawPeer, name: string): Promise<void> {
  const known: Known = {
    name,
    account_id: null,
    bio: null,
    status: 'active',
    refresh_token: '',
    done: [],
    doubt: null,
    doubt_bio: null,
  };
  all.push(known);
  await using peer = await RawPeer.handshaken(server);
  const first = await change(known, 'account_registered', () =>
    peer.call('register', { user: { account_name: name, password: PASSWORD } }),
  );
  const { account_id } = first.account;
  known.account_id = account_id;
  known.refresh_token = first.refresh_token;
  for (let n = 0; n < 30; n += 1) {
    const dice = random();
    if (dice < 0.5) {
      known.doubt_bio = `version ${n} of ${name}`;
      const bio = known.doubt_bio;
      await change(known, 'profile_updated', () => peer.call('update_profile', { changes: { bio } }));
      known.bio = bio;
    } else if (dice < 0.8) {
      const next = await change(known, 'tokens_refreshed', () =>
        peer.call('refresh', { refresh_token: known.refresh_token }),
      );
      known.refresh_token = next.refresh_token;
    } else if (dice < 0.85) {
      await using other = await RawPeer.handshaken(server);
      await change(known, 'signed_in', () =>
        other.call('authenticate', { user: { account_name: name, password: PASSWORD } }),
      );
    } else if (dice < 0.9) {
      // Lives on, to be looked at after the kill.
      return;
    } else if (dice < 0.96) {
      await change(known, 'account_suspended', () => boss.call('suspend_user', { account_id }));
      known.status = 'suspended';
      if (random() < 0.5) {
        await change(known, 'account_resumed', () => boss.call('resume_user', { account_id }));
        known.status = 'active';
      }
      return;
    } else {
      await change(known, 'account_deleted', () => boss.call('delete_user', { account_id }));
      known.status = 'deleted';
      return;
    }
  }
}

/** Life after life until the connection breaks. */
async function load(server: Reachable, prefix: string): Promise<void> {
  try {
    await using boss = await resumed(server, bossToken);
    for (let n = 0; ; n += 1) await oneLife(server, boss, `${prefix}.${n}`);
  } catch (error) {
    // What the killed server could not answer any more; every other failure is one of the drill.
    const text = String(error);
    if (!/closed before|no welcome: \{\}|ECONNREFUSED|ECONNRESET|EPIPE/.test(text)) throw error;
  }
}

type Row = { target_id: string; event: string; count: number };

/** Compares everything that was acknowledged with what is in the database. Gives the number of losses. */
function losses(): string[] {
  expect(unsound(data)).toEqual([]);
  using db = openBeside(data);
  const counts = new Map(
    db
      .prepare<[], Row>(
        'SELECT target_id, event, count(*) AS count FROM audit_events WHERE target_id IS NOT NULL GROUP BY 1, 2',
      )
      .all()
      .map(({ target_id, event, count }) => [`${target_id} ${event}`, count]),
  );
  const find = db.prepare<[string], { bio: string | null; status: string }>(
    'SELECT bio, status FROM accounts WHERE account_id = ?',
  );
  const lost: string[] = [];
  for (const known of all) {
    const { account_id } = known;
    if (account_id === null) continue;
    // Each acknowledged change has exactly one audit row, and the one in doubt has one or none.
    for (const event of new Set([...known.done, ...(known.doubt === null ? [] : [known.doubt])])) {
      const acknowledged = known.done.filter((one) => one === event).length;
      const most = acknowledged + (known.doubt === event ? 1 : 0);
      const found = counts.get(`${account_id} ${event}`) ?? 0;
      if (found < acknowledged || found > most)
        lost.push(`${known.name}: ${event} ${found}, not ${acknowledged}..${most}`);
    }
    const row = find.get(account_id);
    const statuses = new Set<string>([known.status]);
    if (known.doubt === 'account_suspended') statuses.add('suspended');
    if (known.doubt === 'account_resumed') statuses.add('active');
    if (known.doubt === 'account_deleted') statuses.add('deleted');
    const status = row?.status ?? 'deleted';
    if (!statuses.has(status)) lost.push(`${known.name}: ${status}, not ${[...statuses].join(' or ')}`);
    if (row !== undefined) {
      const bios = known.doubt === 'profile_updated' ? [known.bio, known.doubt_bio] : [known.bio];
      if (!bios.includes(row.bio)) lost.push(`${known.name}: bio ${String(row.bio)}`);
    }
  }
  // Registered with session, sign-in and audit row, or not at all: also those whose reply nobody got.
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
  // The audit log has no holes: numbers follow each other.
  expect(db.prepare('SELECT count(*) - max(seq) AS holes FROM audit_events').get()).toEqual({ holes: 0 });
  return lost;
}

/** Through the front door too: the last acknowledged refresh token works, and so does the password. */
async function tryTokens(server: Reachable, lives: readonly Known[]): Promise<number> {
  const usable = lives.filter(({ status, doubt, done }) => {
    const ended = done.includes('account_suspended');
    return done.length > 0 && status === 'active' && doubt === null && !ended;
  });
  await using peer = await RawPeer.handshaken(server);
  for (const known of usable.slice(-TOKENS_TRIED)) {
    const next = await change(known, 'tokens_refreshed', () =>
      peer.call('refresh', { refresh_token: known.refresh_token }),
    );
    known.refresh_token = next.refresh_token;
  }
  const one = lives.findLast(({ status, doubt, account_id }) => {
    return status === 'active' && doubt === null && account_id !== null;
  });
  if (one !== undefined) {
    await using person = await authenticated(server, one.name);
    expect(person.account_id).toBe(one.account_id);
    one.done.push('signed_in');
  }
  return Math.min(usable.length, TOKENS_TRIED);
}

test(`kill -9 under mixed load, ${KILLS} times: nothing acknowledged is lost`, async () => {
  let tokens = 0;
  const lost: string[] = [];
  for (let kill = 0; kill <= KILLS; kill += 1) {
    await using program = startBuilt(data, '--hash-queue', '200');
    const server = await program.ready();
    if (kill === 0) {
      const setup_code = readFileSync(join(data, 'setup_code'), 'utf8').trim();
      await using boss = await administrator({ ...server, setup_code });
      bossToken = boss.session_token;
    } else {
      lost.push(...losses());
      tokens += await tryTokens(server, all);
    }
    if (kill === KILLS) {
      program.child.kill('SIGTERM');
      expect(await program.exited).toBe(0);
      break;
    }
    const before = acknowledgedNow();
    const working = Array.from({ length: CLIENTS }, (_, n) => load(server, `k${kill}.c${n}`));
    const together = Promise.all(working);
    // Looked at below; until then it must not count as forgotten.
    together.catch(() => null);
    // Somewhere in the middle of the work, elsewhere each time.
    const enough = before + 5 + random() * longOrShort(300, 60);
    await until('work is acknowledged', () => acknowledgedNow() >= enough, 60_000);
    await sleep(random() * 100);
    program.child.kill('SIGKILL');
    expect(await program.exited).toBe('SIGKILL');
    await together;
  }
  lost.push(...losses());
  const acknowledged = acknowledgedNow();
  const doubt = all.filter((known) => known.doubt !== null).length;
  const kinds = new Map<AuditEvent, number>();
  for (const event of all.flatMap(({ done }) => done)) kinds.set(event, (kinds.get(event) ?? 0) + 1);
  const counts = { kills: KILLS, acknowledged, lost: lost.length };
  const figures = {
    ...counts,
    'in doubt': doubt,
    'refresh tokens tried after it': tokens,
    of: [...kinds].map(([event, count]) => `${event} ${count}`).join(' '),
    seed: SEED,
  };
  printFigures('kill -9', figures, counts);
  expect(lost).toEqual([]);
});
