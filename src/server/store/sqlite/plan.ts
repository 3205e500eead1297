/** How far the database of a data folder has come, for who wants to know what a start would do to it. Changes nothing. */
import { lstatSync } from 'node:fs';
import { join } from 'node:path';
import { codeOf, DataFolderError, meaningOf } from '../../data_folder/index.js';
import { StoreOpenError } from '../engine.js';
import { gone, holdsNothing, openError } from './database.js';
import { DATABASE_FILE } from './file_names.js';
import { openToLook } from './inspection.js';
import { stepsTaken } from './migrations/index.js';

/**
 * Returns how many migrations it has; 0 where a start would make it. `expected`: keys beside it say that there is one. Throws
 * StoreOpenError or DataFolderError for what a start would refuse.
 */
export function folderSteps(folder: string, expected: boolean): number {
  const path = join(folder, DATABASE_FILE);
  if (look(folder)?.isDirectory() === false)
    throw new DataFolderError(`${folder} is no folder. Choose another place with --data.`);
  const file = look(path);
  if (file?.isFile() === false)
    throw new StoreOpenError(
      'not_a_database',
      `The database ${path} is no file. Put a backup in its place, or move it away to start anew.`,
    );
  if (file === undefined || file.size === 0) {
    if (expected) throw gone(path);
    return 0;
  }
  try {
    const db = openToLook(path);
    try {
      if (expected && holdsNothing(db)) throw gone(path);
      return stepsTaken(db, path);
    } finally {
      db.close();
    }
  } catch (error) {
    throw openError(error, path);
  }
}

/** The folder may be a link, what is in it may not. */
function look(path: string): ReturnType<typeof lstatSync> | undefined {
  try {
    return lstatSync(path, { throwIfNoEntry: false });
  } catch (error) {
    throw new DataFolderError(`${path} can not be looked at (${codeOf(error)}). ${meaningOf(codeOf(error))}`);
  }
}
