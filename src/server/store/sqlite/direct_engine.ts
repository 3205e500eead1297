/**
 * The database of a data folder for a process beside the server: commands work on it while the server runs, and when it
 * doesn't. One operation at a time, with the same durability; what it announces is left as rows. Never creates or
 * migrates: a file that isn't there, or of another schema, belongs to another release.
 */
import { existsSync } from 'node:fs';
import { join } from 'node:path';
import { OutcomeUnknownError, StorageUnavailableError, StoreOpenError, type Engine } from '../engine.js';
import type { OperationResult } from '../operations/index.js';
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
  const commits = { groups: 0, operations: 0, largest: 1 };
  return {
    reader: sqliteReader(db),
    held: null,
    run: async (operation, args, onDisk) => {
      const requests = [{ number: 1, operation, args }];
      const [outcome] = await groups.commit((most) => requests.splice(0, most));
      if (outcome === undefined) throw new Error('an operation had no outcome');
      if ('unavailable' in outcome) throw new StorageUnavailableError(outcome.unavailable);
      if ('unknown' in outcome) throw new OutcomeUnknownError(outcome.unknown);
      if ('error' in outcome) throw new Error(outcome.error);
      commits.groups += 1;
      commits.operations += 1;
      onDisk(outcome.announced ?? []);
      // The operation of this very name was run, so its result is of that operation's type.
      return outcome.result as OperationResult<typeof operation>;
    },
    migrations: null,
    commits,
    load: { engine: 'sqlite', connections_max: 1, waiting: 0 },
    changedElsewhere: () => true,
    close: () => {
      db.close();
      return Promise.resolve();
    },
  };
}
