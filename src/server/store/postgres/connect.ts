/** Connections to PostgreSQL. The library is loaded with the first of them: who stays with SQLite never pays for it. */
import type { Duplex } from 'node:stream';
import type { Client, ClientBase, ClientConfig, Pool } from 'pg';
import { clientOptions, type DatabaseAddress } from './address.js';
import { types } from './values.js';

/** No statement, and no wait for a lock, may take longer, milliseconds: whoever asked has gone by then. */
export const STATEMENT_MS = 2_000;
/** How long to wait for a connection, milliseconds. */
const CONNECT_MS = 2_000;

function configOf(address: DatabaseAddress): ClientConfig {
  return {
    ...clientOptions(address),
    types,
    connectionTimeoutMillis: CONNECT_MS,
    statement_timeout: STATEMENT_MS,
    lock_timeout: STATEMENT_MS,
    // One whose process was stopped in the middle must not hold its locks for ever.
    idle_in_transaction_session_timeout: 2 * STATEMENT_MS,
    keepAlive: true,
  };
}

/** Opens one connection. `limited`: whether its statements have to end in time, as all but migrations do. */
export async function connect(address: DatabaseAddress, { limited = true } = {}): Promise<Client> {
  const { default: pg } = await import('pg');
  const limits = limited
    ? {}
    : { statement_timeout: 0, lock_timeout: 0, idle_in_transaction_session_timeout: 0 };
  const client = new pg.Client({ ...configOf(address), ...limits });
  // Without anybody who hears it, a lost connection would end the process; whoever uses it next is told.
  client.on('error', () => undefined);
  try {
    await client.connect();
  } catch (error) {
    await client.end().catch(() => undefined);
    throw error;
  }
  return client;
}

/** Ends a connection now, whatever is asked on it: its questions fail. In a pipeline `end` would wait for their answers. */
export function cutOff(client: ClientBase): void {
  const { connection } = client as ClientBase & { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy();
}

/**
 * Returns connections that are made when they are needed. In a pipeline: what is asked of one goes out at once, and is
 * answered in order.
 */
export async function openPool(address: DatabaseAddress, size: number): Promise<Pool> {
  const { default: pg } = await import('pg');
  const pool = new pg.Pool({
    ...configOf(address),
    pipeline: true,
    max: size,
    min: 1,
    idleTimeoutMillis: 60_000,
    allowExitOnIdle: true,
  });
  pool.on('error', () => undefined);
  // The pool hears it of those that nobody uses; of the others whoever asks them is told.
  pool.on('connect', (client) => void client.on('error', () => undefined));
  return pool;
}
