/** Where the pairs of operations find a database of their own. */
import { Client } from 'pg';

/** A PostgreSQL that is there already: the address of its superuser, with no database in it. */
const SERVER = process.env['PGDEV'];

/** Whether there is any. */
export const databaseAvailable = SERVER !== undefined;

export type PairsDatabase = AsyncDisposable & {
  /** For somebody who may do everything. */
  readonly url: string;
};

async function asked(...statements: readonly string[]): Promise<void> {
  const client = new Client({ connectionString: new URL('/postgres', SERVER).href });
  await client.connect();
  try {
    for (const statement of statements) await client.query(statement);
  } finally {
    await client.end();
  }
}

let made = 0;

/** Makes an empty database. */
export async function emptyDatabase(): Promise<PairsDatabase> {
  made += 1;
  const name = `operation_pairs_${process.pid}_${made}`;
  await asked(`CREATE DATABASE ${name}`);
  return {
    url: new URL(`/${name}`, SERVER).href,
    [Symbol.asyncDispose]: () => asked(`DROP DATABASE ${name} WITH (FORCE)`),
  };
}
