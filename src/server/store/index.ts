/**
 * The store: the only place that knows SQL. Writes are named operations on a thread of their own, reads happen here.
 * Its door is asynchronous, so that an engine in another process fits behind it.
 */
import { join } from 'node:path';
import { DATABASE_FILE, LOCK_FILE } from './file_names.js';
import { Reads } from './reads.js';
import { openDatabase, sqliteReader, type SqliteDatabase } from './sqlite.js';
import { SessionCache } from './session_cache.js';
import { Writer, type Migrated } from './writer.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';

export type { ValidSecret } from './client_key_reads.js';
export { DirectStore } from './direct_store.js';
export { DATABASE_FILE } from './file_names.js';
export { durabilityFault, inspectDatabase, type Inspection } from './inspection.js';
export { StoreOpenError, type OpenFault } from './engine.js';
export type { NewAccount, ProfileValues } from './operations/accounts.js';
export type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
export type { NewSession } from './operations/session_rows.js';
export type { Who } from './operations/who.js';
export type { Credential, LiveSession, UserPage, UserQuery } from './reads.js';
export { StorageUnavailableError } from './writer.js';

export class Store {
  readonly read: Reads;
  /** Live sessions, from memory when they are known. */
  readonly sessions: SessionCache;
  readonly #writer: Writer;
  readonly #database: SqliteDatabase;

  private constructor(writer: Writer, database: SqliteDatabase) {
    this.#writer = writer;
    this.#database = database;
    this.read = new Reads(sqliteReader(database));
    this.sessions = new SessionCache(this.read);
  }

  /** Opens the store of a data folder, which must exist. Throws StoreOpenError. */
  static async open(folder: string, writerScript: URL, now_ms: number): Promise<Store> {
    const path = join(folder, DATABASE_FILE);
    const writer = await Writer.open(writerScript, {
      database_path: path,
      lock_path: join(folder, LOCK_FILE),
      now_ms,
    });
    try {
      return new Store(writer, openDatabase(path, { readonly: true }));
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  /** What opening did to an older database; null when there was nothing to do. */
  get migration(): Migrated | null {
    return this.#writer.migration;
  }

  /** Commits since the start, and what was in them. */
  get commits(): { groups: number; operations: number; largest: number } {
    return this.#writer.commits;
  }

  /** Runs a named operation; resolves when it is on disk. Throws StorageUnavailableError when it can't be written. */
  run<O extends OperationName>(operation: O, args: OperationArgs<O>): Promise<OperationResult<O>> {
    return this.#writer.run(operation, args, (result) =>
      this.sessions.afterOperation(operation, args, result),
    );
  }

  /** Finishes what waits to be written, then closes. Reading ends at once. */
  async close(): Promise<void> {
    // The writer goes last: only a writing connection can take the write-ahead log away with it.
    this.#database.close();
    await this.#writer.close();
  }
}
