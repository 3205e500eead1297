/** Connections to PostgreSQL as the store uses them: with limits to what a statement may take. */
import type { Duplex } from 'node:stream';
import type { Client, ClientBase, Pool, QueryConfig } from 'pg';
import { clientOptions, type DatabaseAddress } from './address.js';
import { databaseClient } from './client_class.js';
import { types } from './values.js';

/** No statement, and no wait for a lock, may take longer, milliseconds: whoever asked has gone by then. */
const STATEMENT_MS = 2_000;
/** How long to wait for an answer to what is read, milliseconds: the server has given it up before that, if it still hears. */
export const READ_MS = STATEMENT_MS + 1_000;
/** An answer to a short question that takes longer is none, milliseconds: what it says would be too old. */
const ANSWER_MS = 1_000;
/** How long to wait for a connection while serving, milliseconds. */
const CONNECT_MS = 2_000;

/** Said on each connection, because what stands between may not take it at the start. */
const LIMITS =
  `SET statement_timeout = ${STATEMENT_MS}; SET lock_timeout = ${STATEMENT_MS}; ` +
  // One whose process was stopped in the middle must not hold its locks for ever.
  `SET idle_in_transaction_session_timeout = ${2 * STATEMENT_MS}; SET default_transaction_isolation = 'read committed'; ` +
  // A page of a list is a few milliseconds of work: to compile it, or to start others for it, takes longer.
  'SET jit = off; SET max_parallel_workers_per_gather = 0';

/**
 * Which PostgreSQL this is: another one after each start and after each crash, when it counts its statistics from the beginning.
 * What it hadn't written to its log by then it has forgotten, and may give the numbers of it again.
 */
const INSTANCE = `SELECT pg_postmaster_start_time()::text || coalesce((SELECT stats_reset::text FROM pg_stat_bgwriter), '') AS instance`;
const instances = new WeakMap<object, string>();

/** Prepares a connection that was just made. */
async function prepare(client: ClientBase, limited = true): Promise<void> {
  if (limited) await client.query(timed({ text: LIMITS }));
  const { rows } = await client.query<{ instance: string }>(timed({ text: INSTANCE }));
  const [row] = rows;
  if (row !== undefined) instances.set(client, row.instance);
}

/** Returns whether two connections are to a PostgreSQL that hasn't ended between them. False when it isn't known. */
export function areOfOneInstance(one: object, other: object): boolean {
  const instance = instances.get(one);
  return instance !== undefined && instance === instances.get(other);
}

/**
 * Opens one connection. `limited`: whether its statements have to end in time, as all but migrations do. Throws what the driver
 * throws.
 */
export async function connect(
  address: DatabaseAddress,
  { limited = true, within_ms = CONNECT_MS } = {},
): Promise<Client> {
  const DatabaseClient = await databaseClient();
  const client = new DatabaseClient({ ...clientOptions(address), types, connectionTimeoutMillis: within_ms });
  // Without anybody who hears it, a lost connection would end the process; whoever uses it next is told.
  client.on('error', () => undefined);
  try {
    await client.connect();
    await prepare(client, limited);
    return client;
  } catch (error) {
    client.end().catch(() => undefined);
    throw error;
  }
}

/** Returns a question that fails when nothing answers it for so long, also where the line is dead and nobody says so. */
export function timed<Q extends QueryConfig<unknown[]>>(question: Q): Q {
  // The driver takes it with each question; its types know it of connections alone.
  return { ...question, query_timeout: ANSWER_MS };
}

/** Ends a connection now, whatever is asked on it: its questions fail. In a pipeline `end` would wait for their answers. */
export function cutOff(client: object): void {
  // The driver has it, and its types don't.
  const { connection } = client as { readonly connection: { readonly stream: Duplex } };
  connection.stream.destroy();
}

/**
 * Returns connections that are made when they are needed. In a pipeline: what is asked of one goes out at once, and is
 * answered in order.
 */
export async function openPool(
  address: DatabaseAddress,
  size: number,
  { query_timeout = 0 } = {},
): Promise<Pool> {
  const { default: driver } = await import('pg');
  const pool = new driver.Pool({
    ...clientOptions(address),
    // The pool hands it the same settings; its types forget that.
    Client: (await databaseClient()) as unknown as new () => ClientBase,
    types,
    connectionTimeoutMillis: CONNECT_MS,
    query_timeout,
    // It waits for what is returned; its types forget that.
    ...({ onConnect: (client: ClientBase) => prepare(client) } as object),
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
