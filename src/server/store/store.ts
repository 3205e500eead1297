/**
 * The store as the server uses it: named operations, reads, live sessions from memory, and announcements to everybody who
 * remembers something. The same over every engine.
 */
import { ANNOUNCEMENTS_KEPT_MS, type Announcement, type Asker, type Listener } from './announcements.js';
import {
  NotAdmittedError,
  OutcomeUnknownError,
  type Commits,
  type Engine,
  type Load,
  type Migrated,
} from './engine.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
import type { Clock } from '../runtime/index.js';
import { secureExistingFolder } from '../data_folder/index.js';
import { isNotAdmitted } from './operations/who.js';
import {
  openPostgresBeside,
  openPostgresEngine,
  type DatabaseAddress,
  type Isolation,
} from './postgres/index.js';
import { Hearing } from './hearing.js';
import { Holders } from './holders.js';
import { Reads } from './reads/index.js';
import { ClientPermissions } from './client_permissions.js';
import { Roles } from './role_table.js';
import { SessionCache } from './session_cache.js';
import { openDirectEngine, openSqliteEngine } from './sqlite/index.js';
import type { WriterThreads } from './writer/writer.js';

export class Store {
  readonly read: Reads;
  /** Who holds which roles, from memory when it is known. */
  readonly holders: Holders;
  /** What client keys permit, from memory when it is known. */
  readonly client_permissions: ClientPermissions;
  /** What roles permit, from memory when it is known. */
  readonly roles: Roles;
  /** Live sessions, from memory when they are known. */
  readonly sessions: SessionCache;
  readonly #engine: Engine;
  readonly #listeners: Listener[] = [];
  /** Null where nobody can take the database from this process. */
  readonly #hearing: Hearing | null;
  /** The newest row of others that was heard. */
  #heard = 0;
  #heardAt: number | null = null;
  #looking = false;

  private constructor(engine: Engine, clock: Clock | null) {
    this.#engine = engine;
    this.#hearing =
      engine.held === null || clock === null
        ? null
        : new Hearing(engine.held, clock, (one) => this.#tell(one, null));
    this.read = new Reads(engine.reader);
    this.holders = new Holders(this.read.accounts, this.#hearing);
    this.client_permissions = new ClientPermissions(this.read.client_keys, this.#hearing);
    this.roles = new Roles(this.read.roles);
    this.sessions = new SessionCache(this.read.sessions, this.roles, { freshness: this.#hearing });
  }

  /**
   * Opens the store of a data folder, which must exist, for the one server that may use it. `expected`: something else says
   * that there is a database, so one that isn't there, or is empty, is a fault. Throws StoreOpenError.
   */
  static async open(
    folder: string,
    threads: WriterThreads,
    now_ms: number,
    { expected = false } = {},
  ): Promise<Store> {
    return Store.#begin(await openSqliteEngine(folder, threads, { now_ms, expected }), null);
  }

  /** The same of a PostgreSQL database. */
  static async openPostgres(
    address: DatabaseAddress,
    threads: WriterThreads,
    clock: Clock,
    options: { readonly isolation?: Isolation } = {},
  ): Promise<Store> {
    return Store.#begin(
      await openPostgresEngine(address, threads, { now_ms: clock.now(), ...options }),
      clock,
    );
  }

  static async #begin(engine: Engine, clock: Clock | null): Promise<Store> {
    const store = new Store(engine, clock);
    try {
      // Nothing is remembered yet, so what was announced before is of no concern.
      if (store.#hearing !== null) await store.#hearing.begin();
      else store.#heard = await store.read.announcements.newest();
      return store;
    } catch (error) {
      await store.close();
      throw error;
    }
  }

  /**
   * Opens the store of a data folder beside the server that may be running on it. Throws StoreOpenError or
   * DataFolderError with a sentence that says what to do.
   */
  static beside(folder: string): Store {
    secureExistingFolder(folder);
    return new Store(openDirectEngine(folder), null);
  }

  /** The same of a PostgreSQL database. */
  static async besidePostgres(address: DatabaseAddress): Promise<Store> {
    return new Store(await openPostgresBeside(address), null);
  }

  /** Returns what opening did to an older database; null when there was nothing to do. */
  get migration(): Migrated | null {
    return this.#engine.migrations;
  }

  /** What the database is, and how busy. */
  get load(): Load {
    return this.#engine.load;
  }

  /** Commits since the start, and what was in them. */
  get commits(): Commits {
    return this.#engine.commits;
  }

  /**
   * Runs a named operation; resolves with its result when it is on disk. Throws StorageUnavailableError when it can't be
   * written, NotAdmittedError when whoever acts may not any more. `asker`: the request that it serves; what the operation announces about its connection is put off until the
   * reply is out.
   */
  run<O extends OperationName>(
    operation: O,
    args: OperationArgs<O>,
    asker: Asker | null = null,
  ): Promise<OperationResult<O>> {
    const hearing = this.#hearing;
    if (hearing?.isFresh() === false)
      return hearing.becomeFresh().then(() => this.#run(operation, args, asker));
    return this.#run(operation, args, asker);
  }

  #run<O extends OperationName>(
    operation: O,
    args: OperationArgs<O>,
    asker: Asker | null,
  ): Promise<OperationResult<O>> {
    const done = this.#engine.run(operation, args, (announced) => {
      for (const one of announced) this.#tell(one, asker);
    });
    return done.then(
      (result) => {
        if (isNotAdmitted(result)) throw new NotAdmittedError(result);
        return result;
      },
      (error: unknown) => {
        // What it would have announced is not known either.
        if (error instanceof OutcomeUnknownError) this.#tell({ kind: 'everything' }, null);
        throw error;
      },
    );
  }

  /** Asks to hear every announcement, after the session cache has. */
  listen(listener: Listener): void {
    this.#listeners.push(listener);
  }

  /**
   * Hears what other processes have announced since it was called last. Cheap when they haven't; meant for a timer.
   * `passed_ms`: the clock that never jumps.
   */
  async hearOthers(passed_ms: number): Promise<void> {
    if (this.#hearing !== null) return this.#hearing.ask();
    if (this.#looking) return;
    const last = this.#heardAt ?? passed_ms;
    this.#heardAt = passed_ms;
    if (!this.#engine.changedElsewhere()) return;
    this.#looking = true;
    try {
      // Rows may be gone again when nobody looked for so long: the process was stopped.
      if (passed_ms - last > ANNOUNCEMENTS_KEPT_MS / 2) this.#tell({ kind: 'everything' }, null);
      for (const { number, announcement } of await this.read.announcements.after(this.#heard)) {
        this.#heard = number;
        this.#tell(announcement, null);
      }
    } finally {
      this.#looking = false;
    }
  }

  /** Finishes what waits to be written, then closes. Reading ends at once. */
  async close(): Promise<void> {
    await this.#engine.close();
  }

  #tell(announcement: Announcement, asker: Asker | null): void {
    this.holders.hear(announcement);
    this.client_permissions.hear(announcement);
    this.roles.hear(announcement);
    this.sessions.hear(announcement);
    for (const listener of this.#listeners) listener(announcement, asker);
  }
}
