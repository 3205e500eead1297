/** PostgreSQL as the server's engine: a connection that holds the database, a thread that writes, and reads on the main thread. */
import type { Engine } from '../engine.js';
import { Writer, type WriterThreads } from '../writer/writer.js';
import { carriedAddress, type DatabaseAddress } from './address.js';
import { openPool, READ_MS } from './connect.js';
import { Holder } from './holder.js';
import { migrate } from './migrations/index.js';
import { postgresReader } from './reader.js';
import { CONNECTIONS_MAX, READERS } from './pool_sizes.js';
import type { Isolation } from './isolation.js';
import { usableSchema } from './probe.js';

/** Opens a database for the one server that may use it. Throws StoreOpenError. */
export async function openPostgresEngine(
  address: DatabaseAddress,
  threads: WriterThreads,
  { now_ms, isolation = 'read committed' }: { readonly now_ms: number; readonly isolation?: Isolation },
): Promise<Engine> {
  // With the sentences of the doctor, before anything is held or made.
  await usableSchema(address);
  const holder = await Holder.open(address, async (client) => {
    await migrate(client, address, now_ms);
  });
  try {
    const writer = await Writer.open(threads, {
      kind: 'postgres',
      address: carriedAddress(address),
      isolation,
    });
    const pool = await openPool(address, READERS, { query_timeout: READ_MS });
    const held: NonNullable<Engine['held']> = {
      all: (sql, ...values) => holder.all(sql, ...values),
      get: async <R extends object>(sql: string, ...values: readonly unknown[]) =>
        (await holder.all<R>(sql, ...values))[0],
      get losses() {
        return holder.losses;
      },
    };
    const close = async (): Promise<void> => {
      // At once: nothing more is taken, whatever is read meanwhile.
      const written = writer.close();
      await pool.end();
      await written;
      await holder.close();
    };
    let closed: Promise<void> | null = null;
    return {
      reader: postgresReader(pool),
      held,
      run: writer.run,
      migrations: null,
      get commits() {
        return writer.commits;
      },
      get load() {
        return { engine: 'postgres' as const, connections_max: CONNECTIONS_MAX, waiting: writer.waiting };
      },
      changedElsewhere: () => true,
      close: () => (closed ??= close()),
    };
  } catch (error) {
    await holder.close();
    throw error;
  }
}
