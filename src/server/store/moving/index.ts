/** Moves everything from one engine to the other, while both are stopped. */
import type { DatabaseAddress } from '../postgres/index.js';
import { movesFromPostgres, movesToPostgres } from '../postgres/index.js';
import { movesFromFolder, movesToFolder } from '../sqlite/index.js';
import { copyAll, type MovedRows, type Progress } from './copy.js';

export type { MovedRows, Progress } from './copy.js';

export type MoveOptions = { readonly now_ms: number; readonly onProgress: Progress };

/**
 * Copies the database of a data folder into an empty PostgreSQL, wholly or not at all; the folder stays as it is. Returns what is in
 * each table. Throws StoreOpenError, also while a server uses one of them.
 */
export function moveToPostgres(
  folder: string,
  address: DatabaseAddress,
  { now_ms, onProgress }: MoveOptions,
): Promise<readonly MovedRows[]> {
  return movesFromFolder(folder, (source) =>
    movesToPostgres(address, now_ms, (target) => copyAll(source, target, onProgress)),
  );
}

/** The same from a PostgreSQL into a data folder, which must exist and have no database. */
export function moveToFolder(
  address: DatabaseAddress,
  folder: string,
  { now_ms, onProgress }: MoveOptions,
): Promise<readonly MovedRows[]> {
  return movesToFolder(folder, now_ms, (target) =>
    movesFromPostgres(address, (source) => copyAll(source, target, onProgress)),
  );
}
