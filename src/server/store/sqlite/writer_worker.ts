/** The writer thread: owns the database for writing. Started by writer.ts; talks in writer_messages. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { parentPort, receiveMessageOnPort, workerData } from 'node:worker_threads';
import { StoreOpenError } from '../engine.js';
import { GROUP_MAX, GroupCommit } from './group_commit.js';
import { MIGRATIONS, migrate, pendingMigrations } from './migrations/index.js';
import {
  assertSound,
  gone,
  holdsNothing,
  isEmptyFile,
  makeFile,
  openDatabase,
  openError,
  sqliteCode,
  type SqliteDatabase,
} from './database.js';
import {
  packOutcomes,
  unpackRequests,
  type FromWriter,
  type ToWriter,
  type WriteRequest,
  type WriterOptions,
} from './writer_messages.js';

/** From here on a commit counts as slow, milliseconds. */
const SLOW_COMMIT_MS = 1;
/** The part of a slow commit's time that the next group may wait for company. */
const GATHER_SHARE = 0.25;
/** How often it looks for company meanwhile. Being woken for every message costs the other threads more than it brings. */
const NAP_MS = 0.1;
/** Nobody ever wakes who waits here. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

if (parentPort === null) throw new Error('the writer runs as a worker thread');
const port = parentPort;
// What compose hands over is exactly this; the thread has no other caller.
const options = workerData as WriterOptions;
const say = (message: FromWriter): void => port.postMessage(message);

/** Holds a lock that dies with the process, however it dies. */
function lockFolder(path: string): SqliteDatabase {
  try {
    const lock = openDatabase(path, { readonly: false });
    lock.pragma('busy_timeout = 0');
    lock.pragma('locking_mode = EXCLUSIVE');
    lock.exec('BEGIN EXCLUSIVE; CREATE TABLE IF NOT EXISTS held (one INTEGER); COMMIT; BEGIN EXCLUSIVE');
    return lock;
  } catch (error) {
    if (
      sqliteCode(error)?.startsWith('SQLITE_BUSY') === true ||
      (error instanceof StoreOpenError && error.fault === 'in_use')
    ) {
      throw new StoreOpenError(
        'in_use',
        'Another auth-server uses this data folder. Stop it, or choose another folder with --data.',
      );
    }
    throw openError(error, path);
  }
}

/** Keeps a copy of what is about to be changed. Through SQLite itself: a file copy could miss what is in the WAL. */
function backUp(db: SqliteDatabase, version: number): string {
  const folder = join(dirname(options.database_path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(options.now_ms).toISOString().replace(/[:.]/g, '-');
  const path = join(folder, `schema-${version}-${stamp}.db`);
  // An empty file is taken, with its rights: nobody else can read the copy while it is made.
  makeFile(path);
  db.prepare('VACUUM INTO ?').run(path);
  return path;
}

function open(): { db: SqliteDatabase; lock: SqliteDatabase } | null {
  try {
    const lock = lockFolder(options.lock_path);
    if (options.expected && isEmptyFile(options.database_path)) throw gone(options.database_path);
    const db = openDatabase(options.database_path, { readonly: false });
    assertSound(db, options.database_path);
    if (options.expected && holdsNothing(db)) throw gone(options.database_path);
    const pending = pendingMigrations(db, options.database_path);
    const migrated_from = MIGRATIONS.length - pending.length;
    const backup_path = migrated_from > 0 && pending.length > 0 ? backUp(db, migrated_from) : null;
    migrate(db, pending, options.now_ms);
    say({ kind: 'ready', migrated_from, schema_version: MIGRATIONS.length, backup_path });
    return { db, lock };
  } catch (error) {
    const { fault, message } = openError(error, options.database_path);
    say({ kind: 'not_opened', fault, message });
    return null;
  }
}

const opened = open();
if (opened !== null) {
  const { db, lock } = opened;
  const groups = new GroupCommit(db, 'collected');
  const queue: WriteRequest[] = [];
  let closing = false;
  let running = false;

  /** Writes that were answered last, and those that waited meanwhile: so many may well come again. */
  let expected = 0;
  /** How many the group that is running has, and until when it waits for more. */
  let taken = 0;
  let until = 0;
  const receive = (): void => {
    for (let next = receiveMessageOnPort(port); next !== undefined; next = receiveMessageOnPort(port)) {
      take(next.message as ToWriter);
    }
  };
  /**
   * Where a commit takes long, whoever was answered comes a moment too late for the next one and waits for two. So a
   * group gives them a part of that time before it is committed.
   */
  const gather = (): void => {
    while (queue.length === 0 && taken < expected && performance.now() < until && !closing) {
      Atomics.wait(nothing, 0, 0, NAP_MS);
      receive();
    }
  };
  const take = (message: ToWriter): void => {
    if (Array.isArray(message)) queue.push(...unpackRequests(message));
    else closing = true;
  };
  const takeMore = (most: number): readonly WriteRequest[] => {
    receive();
    gather();
    const more = queue.splice(0, most);
    taken += more.length;
    return more;
  };
  const isSlow = (): boolean => groups.commitMs >= SLOW_COMMIT_MS;
  const run = async (): Promise<void> => {
    if (running) return;
    running = true;
    while (queue.length > 0) {
      taken = 0;
      until = isSlow() ? performance.now() + groups.commitMs * GATHER_SHARE : 0;
      const outcomes = await groups.commit(takeMore);
      say({ kind: 'outcomes', outcomes: packOutcomes(outcomes), slow: isSlow() });
      receive();
      expected = Math.min(GROUP_MAX, outcomes.length + queue.length);
    }
    running = false;
    if (closing) {
      // The main thread still reads, so closing alone would leave everything in the log beside the file: whoever copies
      // the file of a stopped server would copy an old state.
      db.pragma('wal_checkpoint(TRUNCATE)');
      db.close();
      lock.close();
      say({ kind: 'closed' });
      port.close();
    }
  };
  port.on('message', (message: ToWriter) => {
    take(message);
    void run();
  });
}
