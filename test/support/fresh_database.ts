/** A database on the run's PostgreSQL for a test or a file of tests, and whether there is any. */
import { inject } from 'vitest';
import { askShared, type SharedAddress } from './ask_shared.mjs';
import { askSharedNow } from './postgres_door.js';
import type { MadeDatabase } from './shared_postgres.js';

export type FreshDatabase = MadeDatabase & AsyncDisposable;

export type FreshOptions = {
  /** True for one without the server's tables. */
  readonly empty?: boolean;
  /** Whose PostgreSQL; the run's unless told. */
  readonly address?: SharedAddress;
};

/** Why PostgreSQL can't be run here, as the end of a sentence; null when it can. Decided once for a run. */
export const postgresProblem = (): string | null => inject('postgres').problem;

/** Whether PostgreSQL can be run here. When it can't, the end of the run says that tests were left out. */
export function postgresAvailable(): boolean {
  const { address, problem } = inject('postgres');
  if (problem === null) return true;
  void askShared(address, { left_out: true });
  return false;
}

/** Makes a database with the server's tables, about 10 ms; the first one of a run waits until PostgreSQL has started. */
export async function freshDatabase(options: FreshOptions = {}): Promise<FreshDatabase> {
  const { empty = false, address = inject('postgres').address } = options;
  return disposable(await askShared(address, { make: empty ? 'empty' : 'filled' }), address);
}

/** The same where nothing can be awaited: this thread sleeps until it is there. */
export function freshDatabaseNow(options: FreshOptions = {}): FreshDatabase {
  const { empty = false, address = inject('postgres').address } = options;
  return disposable(askSharedNow(address, { make: empty ? 'empty' : 'filled' }), address);
}

function disposable(answer: unknown, address: SharedAddress): FreshDatabase {
  // What it answers when it is asked for one.
  const made = answer as MadeDatabase;
  return {
    ...made,
    [Symbol.asyncDispose]: async () => {
      await askShared(address, { drop: made.name });
    },
  };
}
