/**
 * The database of a data folder for a process beside the server: commands work on it while the server runs, and when it
 * doesn't. One operation at a time, with the same durability; what it announces is left as rows. Never creates or
 * migrates: a file that isn't there, or of another schema, belongs to another release.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { StoreOpenError, type Engine } from '../engine.js';
import { direct } from '../writer/direct.js';
import { gone, isEmptyFile, openDatabase } from './database.js';
import { DATABASE_FILE } from './file_names.js';
import { GroupCommit } from './group_commit.js';
import { isCurrent } from './migrations/index.js';
import { sqliteReader } from './statements.js';

/** Opens the database of a data folder. Throws StoreOpenError with a sentence that says what to do. */
export function openDirectEngine(folder: string): Engine {
  const path = join(folder, DATABASE_FILE);
  if (!existsSync(path)) {
    throw new StoreOpenError(
      'failed',
      `There is no database ${path}. Start auth-server once, or name its folder with --data.`,
    );
  }
  if (isEmptyFile(path)) throw gone(path);
  const db = openDatabase(path, { readonly: false });
  if (!isCurrent(db)) {
    db.close();
    throw new StoreOpenError(
      'changed_migration',
      `The database ${path} has the schema of another release. Use the commands of the release that serves it, or start ` +
        'this auth-server once to bring it up to date.',
    );
  }
  const groups = new GroupCommit(db, 'written');
  return {
    reader: sqliteReader(db),
    held: null,
    ...direct(async (request) => {
      const requests = [request];
      const [outcome] = await groups.commit((most) => requests.splice(0, most));
      if (outcome === undefined) throw new Error('an operation had no outcome');
      return outcome;
    }),
    migrations: null,
    load: { engine: 'sqlite', connections_max: 1, waiting: 0 },
    changedElsewhere: () => true,
    close: () => {
      db.close();
      return Promise.resolve();
    },
  };
}
