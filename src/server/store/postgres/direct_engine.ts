/**
 * A PostgreSQL database for a process beside the server: what it announces is left as rows. Never migrates: a database of another
 * schema belongs to another release.
 */
import { StoreOpenError, type Engine } from '../engine.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import { direct } from '../writer/direct.js';
import { placeOf, type DatabaseAddress } from './address.js';
import { openPool } from './connect.js';
import { usableSchema } from './probe.js';
import { postgresReader } from './reader.js';
import { Transactions } from './transactions.js';

/** One that writes and one that reads. */
const CONNECTIONS = 2;

/** Opens a database. Throws StoreOpenError with a sentence that says what to do. */
export async function openPostgresBeside(address: DatabaseAddress): Promise<Engine> {
  await assertCurrent(address);
  const pool = await openPool(address, CONNECTIONS);
  const transactions = new Transactions({
    pool,
    address,
    announcing: 'written',
    isolation: 'read committed',
  });
  return {
    reader: postgresReader(pool),
    held: null,
    ...direct((request) => transactions.run(request)),
    migrations: null,
    load: { engine: 'postgres', connections_max: CONNECTIONS, waiting: 0 },
    changedElsewhere: () => true,
    close: () => pool.end(),
  };
}

async function assertCurrent(address: DatabaseAddress): Promise<void> {
  const version = await usableSchema(address);
  if (version === MIGRATION_NAMES.length) return;
  throw version === 0
    ? new StoreOpenError(
        'failed',
        `There is nothing of a server in the database '${address.database}' on ${placeOf(address)}. Start auth-server with it once.`,
      )
    : new StoreOpenError(
        'changed_migration',
        `The database '${address.database}' on ${placeOf(address)} has the schema of another release. Use the commands of the release that serves it, or start this auth-server once to bring it up to date.`,
      );
}
