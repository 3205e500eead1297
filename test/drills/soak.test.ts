/**
 * A little of everything for a long time: what the server holds must stop growing. RSS alone can't tell that. V8 collects
 * its old space every few minutes only, and in between RSS climbs by 10 MiB a minute, leak or no leak. So the work pauses
 * now and then, both threads collect their garbage, and what is left then is judged, for each account that lived.
 */
import { existsSync, readFileSync, rmSync, statSync } from 'node:fs';
import { join } from 'node:path';
import { expect, test } from 'vitest';
import { ROOT, startWithin, type BuiltServer } from '../support/built_server.js';
import { onSqlite } from '../support/engine.js';
import {
  descriptorsOf,
  LONG,
  printFigures,
  printSkipped,
  rssMiB,
  seededRandom,
  slope,
  until,
} from '../support/drill.js';
import {
  administrator,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type Reachable,
} from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';

/** How long people work between two looks at the memory. */
const WORK_MS = 15_000;
const WORKERS = 3;
const KIB = 1024;
/** Each of SQLite's connections keeps up to 16 MiB of pages (SQLITE_DEFAULT_CACHE_SIZE of better-sqlite3). */
const PAGES_BYTES = 20 * KIB * KIB;
/**
 * What may stay in memory of an account that lived: nothing, but V8 goes on noting what it learns about the program, for
 * up to an hour. 1 KiB that is forgotten for each account is caught.
 */
const OBJECTS_KIB_MAX = 0.7;
/** The same outside of V8's heaps, where malloc keeps what it may need again: that comes and goes by a MiB or two. */
const NATIVE_KIB_MAX = 4;
/** A shorter run sees code being compiled and little else: printed, not judged. */
const JUDGED_MINUTES_MIN = 10;

/** What a server holds after a collection, bytes. Written by test/support/memory_probe.cjs. */
type Held = {
  readonly reading: number;
  readonly main: { readonly objects: number; readonly heap: number };
  readonly writer: { readonly objects: number; readonly heap: number };
  readonly rss: number;
};

const objectsOf = ({ main, writer }: Held): number => main.objects + writer.objects;
/** What isn't V8's: SQLite, the buffers, what malloc keeps, the program itself. */
const nativeOf = ({ main, writer, rss }: Held): number => rss - main.heap - writer.heap;

/** A server that can be asked what it holds. */
class Watched implements AsyncDisposable {
  readonly folder = temporaryFolder();
  readonly program: BuiltServer;
  readonly #file = join(this.folder, 'memory.json');
  #readings = 0;

  constructor(...flags: string[]) {
    const preload = `NODE_OPTIONS=--require=${join(ROOT, 'test/support/memory_probe.cjs')}`;
    const within = ['env', preload, `PORTCULLIS_MEMORY_PROBE=${this.#file}`];
    this.program = startWithin(within, join(this.folder, 'data'), ...flags);
  }

  /** Bytes of the database's file. */
  get database_bytes(): number {
    return statSync(join(this.folder, 'data/portcullis.db')).size;
  }

  async held(): Promise<Held> {
    this.#readings += 1;
    this.program.child.kill('SIGUSR2');
    const read = (): Held => JSON.parse(readFileSync(this.#file, 'utf8')) as Held;
    await until(
      'both threads have collected',
      () => existsSync(this.#file) && read().reading === this.#readings,
    );
    return read();
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.program[Symbol.asyncDispose]();
    rmSync(this.folder, { recursive: true, force: true });
  }
}

/** What people do all day, a little of everything. */
async function day(server: Reachable, boss: RawPeer, n: number, dice: () => number): Promise<void> {
  await using one = await registered(server, `soak.n${n}`);
  await using other = await RawPeer.handshaken(server);
  const user = { account_name: `soak.n${n}`, password: PASSWORD };
  let { refresh_token } = await other.call('authenticate', { user });
  for (let turn = 0; turn < 20; turn += 1) {
    await one.peer.call('update_profile', { changes: { bio: `turn ${turn} ${dice()}` } });
    ({ refresh_token } = await one.peer.call('refresh', { refresh_token }));
    await one.peer.call('verify_token', { token: one.session_token });
    await one.peer.call('login_history');
    await new Promise((resolve) => setTimeout(resolve, 5));
  }
  await boss.call('list_users', { limit: 50 });
  // Some stay; without a session, so that the session cache, which is bounded, doesn't grow with them.
  if (dice() < 0.9) await boss.call('delete_user', { account_id: one.account_id });
  else await one.peer.call('logout');
}

/** Writes until SQLite has as many pages as it keeps in memory, so that they don't look like a leak. */
async function fillPages(server: Reachable, watched: Watched): Promise<void> {
  const write = async (n: number): Promise<void> => {
    await using one = await registered(server, `writer.n${n}`);
    while (watched.database_bytes < PAGES_BYTES) {
      for (let turn = 0; turn < 100; turn += 1)
        await one.peer.call('update_profile', { changes: { bio: `turn ${turn}` } });
    }
  };
  await Promise.all(Array.from({ length: 100 }, async (_, n) => write(n)));
}

test.runIf(LONG && onSqlite('its pages count as memory'))(
  'soak: memory and descriptors stay flat',
  async () => {
    const minutes = Number(process.env['PORTCULLIS_SOAK_MINUTES'] ?? 20);
    if (minutes === 0) {
      printSkipped('soak', 'PORTCULLIS_SOAK_MINUTES is 0');
      return;
    }
    await using watched = new Watched('--hash-queue', '200');
    const { program } = watched;
    const server = await program.ready();
    const setup_code = readFileSync(join(watched.folder, 'data/setup_code'), 'utf8').trim();
    await using boss = await administrator({ ...server, setup_code });
    await fillPages(server, watched);
    // A connection for each: one RawPeer answers one question at a time.
    const bosses = await Promise.all(
      Array.from({ length: WORKERS }, async () => resumed(server, boss.session_token)),
    );
    const dice = seededRandom(1);
    let days = 0;
    let highest = 0;
    const began = performance.now();
    const readings: { readonly days: number; readonly descriptors: number; readonly held: Held }[] = [];
    while (performance.now() - began < minutes * 60_000) {
      const end = performance.now() + WORK_MS;
      const work = async (own: RawPeer): Promise<void> => {
        while (performance.now() < end) {
          days += 1;
          await day(server, own, days, dice);
          highest = Math.max(highest, rssMiB(program.pid));
        }
      };
      await Promise.all(bosses.map(work));
      readings.push({ days, descriptors: descriptorsOf(program.pid), held: await watched.held() });
    }
    for (const { socket } of bosses) socket.destroy();

    // The first half is warming up.
    const late = readings.slice(Math.floor(readings.length / 2));
    const each = (of: (reading: (typeof late)[number]) => number): number =>
      slope(late.map((reading) => [reading.days, of(reading)]));
    const objects_kib = each(({ held }) => objectsOf(held) / KIB);
    const native_kib = each(({ held }) => nativeOf(held) / KIB);
    const descriptors = each((reading) => reading.descriptors);
    const along = (of: (held: Held) => number): string =>
      [0, 0.25, 0.5, 0.75, 1]
        .map((part) => readings[Math.floor(part * (readings.length - 1))]?.held)
        .map((held) => (held === undefined ? '-' : (of(held) / KIB / KIB).toFixed(1)))
        .join(' → ');
    printFigures('soak', {
      minutes,
      'accounts that lived': days,
      'RSS at most, MiB': Math.round(highest),
      'after a collection, MiB: objects of the main thread': along(({ main }) => main.objects),
      'of the writer': along(({ writer }) => writer.objects),
      'outside of V8': along(nativeOf),
      RSS: along(({ rss }) => rss),
      'KiB for each account in the second half: objects': objects_kib.toFixed(2),
      'outside of V8 ': native_kib.toFixed(2),
      'descriptors at the end': readings.at(-1)?.descriptors ?? '-',
    });
    expect(Math.abs(descriptors)).toBeLessThan(0.02);
    if (minutes < JUDGED_MINUTES_MIN) return;
    expect(objects_kib).toBeLessThan(OBJECTS_KIB_MAX);
    expect(native_kib).toBeLessThan(NATIVE_KIB_MAX);
  },
);
