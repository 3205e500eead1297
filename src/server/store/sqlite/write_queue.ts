/** Writes to SQLite as the writer thread does them: the file and its lock, what waits for its turn, and the groups it is committed in. */
import { mkdirSync } from 'node:fs';
import { dirname, join } from 'node:path';
import { receiveMessageOnPort, type MessagePort } from 'node:worker_threads';
import { lockFolder } from './folder_lock.js';
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
  type SqliteDatabase,
} from './database.js';
import {
  packOutcomes,
  unpackRequests,
  type SqliteOptions,
  type ToWriter,
  type WriteRequest,
} from '../writer/messages.js';
import type { Say, WriteQueue } from '../writer/queue.js';

/** From here on a commit counts as slow, milliseconds. */
const SLOW_COMMIT_MS = 1;
/** The part of a slow commit's time that the next group may wait for company. */
const GATHER_SHARE = 0.25;
/** How often it looks for company meanwhile. Being woken for every message costs the other threads more than it brings. */
const NAP_MS = 0.1;
/** Nobody ever wakes who waits here. */
const nothing = new Int32Array(new SharedArrayBuffer(4));

/** Keeps a copy of what is about to be changed. Through SQLite itself: a file copy could miss what is in the WAL. */
function backUp(db: SqliteDatabase, version: number, options: SqliteOptions): string {
  const folder = join(dirname(options.database_path), 'backups');
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const stamp = new Date(options.now_ms).toISOString().replace(/[:.]/g, '-');
  const path = join(folder, `schema-${version}-${stamp}.db`);
  // An empty file is taken, with its rights: nobody else can read the copy while it is made.
  makeFile(path);
  db.prepare('VACUUM INTO ?').run(path);
  return path;
}

type Opened = { readonly db: SqliteDatabase; readonly lock: SqliteDatabase };

/** Opens and migrates the database, and says how that went. Returns null, and holds nothing, when it could not be opened. */
function open(options: SqliteOptions, say: Say): Opened | null {
  const held: SqliteDatabase[] = [];
  const hold = (one: SqliteDatabase): SqliteDatabase => {
    held.push(one);
    return one;
  };
  try {
    const lock = hold(lockFolder(options.lock_path));
    if (options.expected && isEmptyFile(options.database_path)) throw gone(options.database_path);
    const db = hold(openDatabase(options.database_path, { readonly: false }));
    assertSound(db, options.database_path);
    if (options.expected && holdsNothing(db)) throw gone(options.database_path);
    const pending = pendingMigrations(db, options.database_path);
    const migrated_from = MIGRATIONS.length - pending.length;
    const backup_path = migrated_from > 0 && pending.length > 0 ? backUp(db, migrated_from, options) : null;
    migrate(db, pending, options.now_ms);
    say({ kind: 'ready', migrated_from, schema_version: MIGRATIONS.length, backup_path });
    return { db, lock };
  } catch (error) {
    for (const one of held.reverse()) one.close();
    const { fault, message } = openError(error, options.database_path);
    say({ kind: 'not_opened', fault, message });
    return null;
  }
}

/** Writes that wait for their turn, and the groups that they are committed in. */
class GroupQueue implements WriteQueue {
  readonly #opened: Opened;
  readonly #port: MessagePort;
  readonly #say: Say;
  readonly #groups: GroupCommit;
  readonly #queue: WriteRequest[] = [];
  #closing = false;
  #running = false;
  /** Writes that were answered last, and those that waited meanwhile: so many may well come again. */
  #expected = 0;
  /** How many the group that is running has, and until when it waits for more. */
  #taken = 0;
  #until = 0;

  constructor(opened: Opened, port: MessagePort, say: Say) {
    this.#opened = opened;
    this.#port = port;
    this.#say = say;
    this.#groups = new GroupCommit(opened.db, 'collected');
  }

  take(message: Exclude<ToWriter, { readonly kind: 'open' }>): void {
    if (Array.isArray(message)) this.#queue.push(...unpackRequests(message));
    else this.#closing = true;
  }

  /** Commits what waits; returns true when the database was to be closed and is. */
  async run(): Promise<boolean> {
    if (this.#running) return false;
    this.#running = true;
    while (this.#queue.length > 0) {
      this.#taken = 0;
      this.#until = this.#isSlow() ? performance.now() + this.#groups.commitMs * GATHER_SHARE : 0;
      const outcomes = await this.#groups.commit(this.#takeMore);
      this.#say({ kind: 'outcomes', outcomes: packOutcomes(outcomes), slow: this.#isSlow() });
      this.#receive();
      this.#expected = Math.min(GROUP_MAX, outcomes.length + this.#queue.length);
    }
    this.#running = false;
    if (!this.#closing) return false;
    const { db, lock } = this.#opened;
    // The main thread still reads, so closing alone would leave everything in the log beside the file: whoever copies
    // the file of a stopped server would copy an old state.
    db.pragma('wal_checkpoint(TRUNCATE)');
    db.close();
    lock.close();
    return true;
  }

  readonly #takeMore = (most: number): readonly WriteRequest[] => {
    this.#receive();
    this.#gather();
    const more = this.#queue.splice(0, most);
    this.#taken += more.length;
    return more;
  };

  #next(): ReturnType<typeof receiveMessageOnPort> {
    return receiveMessageOnPort(this.#port);
  }

  #isSlow(): boolean {
    return this.#groups.commitMs >= SLOW_COMMIT_MS;
  }

  #receive(): void {
    for (let next = this.#next(); next !== undefined; next = this.#next()) {
      // The main thread opens what is next only when this is closed.
      this.take(next.message as Exclude<ToWriter, { readonly kind: 'open' }>);
    }
  }

  /**
   * Where a commit takes long, whoever was answered comes a moment too late for the next one and waits for two. So a
   * group gives them a part of that time before it is committed.
   */
  #gather(): void {
    while (
      this.#queue.length === 0 &&
      this.#taken < this.#expected &&
      performance.now() < this.#until &&
      !this.#closing
    ) {
      Atomics.wait(nothing, 0, 0, NAP_MS);
      this.#receive();
    }
  }
}

/** Opens the database and says how that went; null, and nothing held, when it could not be opened. */
export function openSqliteQueue(options: SqliteOptions, port: MessagePort, say: Say): WriteQueue | null {
  const opened = open(options, say);
  return opened === null ? null : new GroupQueue(opened, port, say);
}
