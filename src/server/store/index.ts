/**
 * The store: the only place that knows SQL. Writes are named operations on a thread of their own, reads happen here.
 * Its door is asynchronous, so that an engine in another process fits behind it.
 */
import { join } from 'node:path';
import { Reads } from './reads.js';
import { openDatabase, sqliteReader, type SqliteDatabase } from './sqlite.js';
import { Writer } from './writer.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';

export { StoreOpenError, type OpenFault } from './engine.js';
export type { NewAccount, ProfileValues } from './operations/accounts.js';
export type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
export type { NewSession } from './operations/session_rows.js';
export type { Who } from './operations/who.js';
export type { Credential, LiveSession, UserPage, UserQuery } from './reads.js';
export { StorageUnavailableError } from './writer.js';

export const DATABASE_FILE = 'portcullis.db';

export class Store {
  readonly read: Reads;
  readonly #writer: Writer;
  readonly #database: SqliteDatabase;

  private constructor(writer: Writer, database: SqliteDatabase) {
    this.#writer = writer;
    this.#database = database;
    this.read = new Reads(sqliteReader(database));
  }

  /** Opens the store of a data folder, which must exist. Throws StoreOpenError. */
  static async open(folder: string, writerScript: URL, now_ms: number): Promise<Store> {
    const path = join(folder, DATABASE_FILE);
    const writer = await Writer.open(writerScript, {
      database_path: path,
      lock_path: join(folder, 'lock.db'),
      now_ms,
    });
    try {
      return new Store(writer, openDatabase(path, { readonly: true }));
    } catch (error) {
      await writer.close();
      throw error;
    }
  }

  /** Runs a named operation; resolves when it is on disk. Throws StorageUnavailableError when it can't be written. */
  async run<O extends OperationName>(operation: O, args: OperationArgs<O>): Promise<OperationResult<O>> {
    return this.#writer.run(operation, args);
  }

  /** Finishes what waits to be written, then closes. */
  async close(): Promise<void> {
    await this.#writer.close();
    this.#database.close();
  }
}
