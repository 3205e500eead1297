/** The run's PostgreSQL: looked for before any test, started when a test wants it, ended after all of them. */
import type { TestProject } from 'vitest/node';
import type { SharedAddress } from './ask_shared.mjs';
import { findPostgres } from './postgres_binaries.js';
import { QUICK } from './runs.js';
import { SharedPostgres } from './shared_postgres.js';

declare module 'vitest' {
  export interface ProvidedContext {
    postgres: { readonly address: SharedAddress; readonly problem: string | null };
  }
}

/** Makes the server's tables. Loaded when a test asks for the first database: most runs of a few files need none. */
async function bringUpToDate(url: string): Promise<void> {
  const { migrateDatabase } = await import('./migrate_database.js');
  await migrateDatabase(url);
}

export default async function postgresOnce(project: TestProject): Promise<(() => Promise<void>) | undefined> {
  // Every project is set up, and takes what the one above all of them provides.
  if (!project.isRootProject()) return undefined;
  const looked = QUICK ? { problem: 'the quick test leaves other engines out' } : findPostgres();
  const problem = 'problem' in looked ? looked.problem : null;
  const shared = await SharedPostgres.listen({ migrate: bringUpToDate });
  project.provide('postgres', { address: shared.address, problem });
  return async () => {
    await shared[Symbol.asyncDispose]();
    // The quick test is not asked for them.
    if (!shared.left_out || QUICK) return;
    console.error(`\nPostgreSQL can't be run here, so its tests were LEFT OUT: ${problem}`);
    if (process.env['CI'] === 'true') process.exitCode = 1;
  };
}
