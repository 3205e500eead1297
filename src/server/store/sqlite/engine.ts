/**
 * SQLite as the server's engine: one file in the data folder, a thread of its own that writes, and reads on the main thread.
 */
import { join } from 'node:path';
import type { Engine } from '../engine.js';
import { openDatabase } from './database.js';
import { DATABASE_FILE, LOCK_FILE } from './file_names.js';
import { sqliteReader } from './statements.js';
import { Writer, type WriterThreads } from '../writer/writer.js';
import type { SqliteOptions } from '../writer/messages.js';

/** One that writes and one that reads. */
const CONNECTIONS = 2;

/**
 * Opens the database of a data folder, which must exist, for the one server that may use it. `expected`: see Store.open.
 * Throws StoreOpenError.
 */
export async function openSqliteEngine(
  folder: string,
  threads: WriterThreads,
  { now_ms, expected }: Pick<SqliteOptions, 'now_ms' | 'expected'>,
): Promise<Engine> {
  const path = join(folder, DATABASE_FILE);
  const writer = await Writer.open(threads, {
    kind: 'sqlite',
    database_path: path,
    lock_path: join(folder, LOCK_FILE),
    now_ms,
    expected,
  });
  try {
    const db = openDatabase(path, { readonly: true });
    const version = db.prepare<[], number>('PRAGMA data_version').pluck();
    let seen = version.get();
    return {
      reader: sqliteReader(db),
      held: null,
      run: writer.run,
      migrations: writer.migration,
      get commits() {
        return writer.commits;
      },
      get load() {
        return { engine: 'sqlite' as const, connections_max: CONNECTIONS, waiting: writer.waiting };
      },
      // The writer thread counts as somebody else, so on a busy server this is nearly always true.
      changedElsewhere: () => {
        const now = version.get();
        const changed = now !== seen;
        seen = now;
        return changed;
      },
      close: async () => {
        // The writer goes last: only a writing connection can take the write-ahead log away with it.
        db.close();
        await writer.close();
      },
    };
  } catch (error) {
    await writer.close();
    throw error;
  }
}
