/** PostgreSQL as the server's engine: a connection that holds the database, a thread that writes, and reads on the main thread. */
import type { Client } from 'pg';
import { StoreOpenError, type Engine } from '../engine.js';
import { Writer, type WriterThreads } from '../writer/writer.js';
import type { DatabaseAddress } from './address.js';
import { connect, openPool } from './connect.js';
import { migrate } from './migrations/index.js';
import { postgresReader } from './reader.js';
import type { Isolation } from './transactions.js';

/** Connections that read. */
const READERS = 4;

/** One server holds a database: the lock of whoever does. Any number that nobody else would choose. */
const HOLDER = '7597138431604212224';

/** Opens a database for the one server that may use it. Throws StoreOpenError. */
export async function openPostgresEngine(
  address: DatabaseAddress,
  threads: WriterThreads,
  { now_ms, isolation = 'read committed' }: { readonly now_ms: number; readonly isolation?: Isolation },
): Promise<Engine> {
  const holder = await connect(address, { limited: false });
  try {
    await hold(holder);
    await migrate(holder, address, now_ms);
    const writer = await Writer.open(threads, { kind: 'postgres', address, isolation });
    const pool = await openPool(address, READERS);
    const close = async (): Promise<void> => {
      // At once: nothing more is taken, whatever is read meanwhile.
      const written = writer.close();
      await pool.end();
      await written;
      await holder.end();
    };
    let closed: Promise<void> | null = null;
    return {
      reader: postgresReader(pool),
      run: writer.run,
      migrations: null,
      get commits() {
        return writer.commits;
      },
      changedElsewhere: () => true,
      close: () => (closed ??= close()),
    };
  } catch (error) {
    await holder.end();
    throw error;
  }
}

async function hold(holder: Client): Promise<void> {
  const { rows } = await holder.query<{ held: number }>('SELECT pg_try_advisory_lock($1) AS held', [HOLDER]);
  if (rows[0]?.held !== 1)
    throw new StoreOpenError(
      'in_use',
      'Another auth-server uses this database. Stop it, or name another database with --database.',
    );
}
