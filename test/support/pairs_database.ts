/** Where the pairs of operations find a database of their own. */
import { freshDatabase, postgresAvailable } from './fresh_database.js';

/** Whether there is any. */
export const databaseAvailable = postgresAvailable();

export type PairsDatabase = AsyncDisposable & {
  /** For somebody who may do everything. */
  readonly url: string;
};

/** Makes an empty database. */
export async function emptyDatabase(): Promise<PairsDatabase> {
  const made = await freshDatabase({ empty: true });
  return { url: made.superuser_url, [Symbol.asyncDispose]: () => made[Symbol.asyncDispose]() };
}
