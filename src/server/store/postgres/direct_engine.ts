/**
 * A PostgreSQL database for a process beside the server: what it announces is left as rows. Never migrates: a database of another
 * schema belongs to another release.
 */
import { OutcomeUnknownError, StorageUnavailableError, StoreOpenError, type Engine } from '../engine.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import type { OperationResult } from '../operations/index.js';
import { placeOf, type DatabaseAddress } from './address.js';
import { connect, openPool } from './connect.js';
import { openFault } from './faults.js';
import { schemaVersion } from './migrations/index.js';
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
  const commits = { groups: 0, operations: 0, largest: 1 };
  return {
    reader: postgresReader(pool),
    held: null,
    run: async (operation, args, onDisk) => {
      const outcome = await transactions.run({ number: 1, operation, args });
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
    load: { engine: 'postgres', connections_max: CONNECTIONS, waiting: 0 },
    changedElsewhere: () => true,
    close: () => pool.end(),
  };
}

async function assertCurrent(address: DatabaseAddress): Promise<void> {
  const client = await connect(address).catch((error: unknown) => {
    throw openFault(error, address);
  });
  try {
    const version = await schemaVersion(client, address);
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
  } finally {
    await client.end();
  }
}
