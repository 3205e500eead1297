/**
 * The store of a data folder for one short-lived program, also while a server runs on it: in this process, without the
 * server's lock and without its thread. The operations and the way they are committed are the server's own. It brings no
 * database up to date: that is left to the server, which may be of another release.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError } from './engine.js';
import { GroupCommit } from './group_commit.js';
import { DATABASE_FILE } from './file_names.js';
import { isCurrent } from './migrations/index.js';
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
import { Reads } from './reads.js';
import { openDatabase, sqliteReader, type SqliteDatabase } from './sqlite.js';
import { StorageUnavailableError } from './writer.js';

export class DirectStore implements Disposable {
  readonly read: Reads;
  readonly #db: SqliteDatabase;

  private constructor(db: SqliteDatabase) {
    this.#db = db;
    this.read = new Reads(sqliteReader(db));
  }

  /** Opens the database of a data folder. Throws StoreOpenError with a sentence that says what to do. */
  static open(folder: string): DirectStore {
    const path = join(folder, DATABASE_FILE);
    if (!existsSync(path)) {
      throw new StoreOpenError(
        'failed',
        `There is no database ${path}. Start auth-server once, or name its folder with --data.`,
      );
    }
    const db = openDatabase(path, { readonly: false });
    if (isCurrent(db)) return new DirectStore(db);
    db.close();
    throw new StoreOpenError(
      'changed_migration',
      `The database ${path} has the schema of another release. Use the commands of the release that serves it, or start ` +
        'this auth-server once to bring it up to date.',
    );
  }

  /** Runs a named operation; resolves when it is on disk. Throws StorageUnavailableError when it can't be written. */
  async run<O extends OperationName>(operation: O, args: OperationArgs<O>): Promise<OperationResult<O>> {
    const requests = [{ number: 1, operation, args }];
    const [outcome] = await new GroupCommit(this.#db).commit((most) => requests.splice(0, most));
    if (outcome === undefined) throw new Error('an operation had no outcome');
    if ('unavailable' in outcome) throw new StorageUnavailableError(outcome.unavailable);
    if ('error' in outcome) throw new Error(outcome.error);
    // The operation of this very name was run, so its result is of that operation's type.
    return outcome.result as OperationResult<O>;
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
