/**
 * A look at a PostgreSQL before it is used, and for `auth-server doctor`: whether this program can keep its data there.
 * Changes nothing, locks nothing, and is gone after a few statements.
 */
import type { Client } from 'pg';
import { StoreOpenError } from '../engine.js';
import { CONNECT_TIMEOUT_MS, type DatabaseAddress } from './address.js';
import { connectedClient } from './client_class.js';
import { newer, noRight, openFault, pooled, readOnly, tooOld, VERSION_MIN, wrongEncoding } from './faults.js';

/** What was found; null for what could not be asked any more because of a fault before it. */
export type DatabaseProbe = {
  /** Why it can't be used, in the order in which it has to be put right; empty when it can. */
  readonly faults: readonly StoreOpenError[];
  /** As the server says it, such as `15.19 (Debian 15.19-0+deb12u1)`. */
  readonly version: string | null;
  readonly encoding: string | null;
  /** The version of TLS that is spoken with it; null also on a plain connection. */
  readonly tls: string | null;
  /** Whether the user may make tables where unqualified names go. */
  readonly may_create: boolean | null;
  readonly read_only: boolean | null;
  /** Whether each transaction may get another connection to the server. */
  readonly pooled: boolean | null;
  /** The newest migration in it; 0 for a database without any. */
  readonly schema_version: number | null;
  /** Settings of the server under which something acknowledged can be lost, such as `fsync = off`. */
  readonly undurable: readonly string[] | null;
};

const NOTHING: DatabaseProbe = {
  faults: [],
  version: null,
  encoding: null,
  tls: null,
  may_create: null,
  read_only: null,
  pooled: null,
  schema_version: null,
  undurable: null,
};

/**
 * Connects and looks. Never throws: what is wrong is in `faults`. `schema_known`: the newest migration of this program.
 */
export async function probe(address: DatabaseAddress, schema_known: number): Promise<DatabaseProbe> {
  let found = NOTHING;
  const clients: Client[] = [];
  const connect = async (): Promise<Client> => {
    const client = await connectedClient(address, CONNECT_TIMEOUT_MS);
    clients.push(client);
    return client;
  };
  try {
    const client = await connect();
    const server = await serverOf(client);
    found = { ...found, version: server.version, encoding: server.encoding };
    if (server.number < VERSION_MIN * 10_000)
      return { ...found, faults: [new StoreOpenError('too_old', tooOld(address, server.version))] };
    found = { ...found, pooled: await isPooled(client, await connect()) };
    found = { ...found, ...(await settingsOf(client)) };
    return { ...found, faults: faultsIn(found, address, schema_known) };
  } catch (error) {
    return { ...found, faults: [openFault(error, address)] };
  } finally {
    // A server that says nothing any more is not waited for: its answer is of no use.
    for (const client of clients) client.end().catch(() => null);
  }
}

function faultsIn(
  { pooled: between, encoding, read_only, may_create, schema_version }: DatabaseProbe,
  address: DatabaseAddress,
  schema_known: number,
): readonly StoreOpenError[] {
  const faults: StoreOpenError[] = [];
  if (between === true) faults.push(new StoreOpenError('pooled', pooled(address)));
  if (encoding !== 'UTF8')
    faults.push(new StoreOpenError('wrong_encoding', wrongEncoding(address, encoding ?? '')));
  if (read_only === true) faults.push(new StoreOpenError('unwritable', readOnly(address)));
  if ((schema_version ?? 0) > schema_known)
    faults.push(new StoreOpenError('newer', newer(address, schema_version ?? 0, schema_known)));
  if (may_create !== true) faults.push(new StoreOpenError('no_right', noRight(address, null)));
  return faults;
}

/** Asked first and alone: an old server may not know the rest. */
async function serverOf(
  client: Client,
): Promise<{ readonly number: number; readonly version: string; readonly encoding: string }> {
  const [row] = await rows<{ number: number; version: string; encoding: string }>(
    client,
    `SELECT current_setting('server_version_num')::int AS number, current_setting('server_version') AS version,
            current_setting('server_encoding') AS encoding`,
  );
  return row ?? { number: 0, version: '', encoding: '' };
}

type Settings = Pick<DatabaseProbe, 'tls' | 'may_create' | 'read_only' | 'schema_version' | 'undurable'>;

async function settingsOf(client: Client): Promise<Settings> {
  const [row] = await rows<{
    tls: string | null;
    may_create: boolean;
    read_only: boolean;
    migrated: boolean;
  }>(
    client,
    `SELECT (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) AS tls,
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
            current_setting('transaction_read_only') = 'on' AS read_only,
            to_regclass('migrations') IS NOT NULL AS migrated`,
  );
  const undurable = await rows<{ said: string }>(
    client,
    `SELECT name || ' = ' || setting AS said FROM pg_settings
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name`,
  );
  const [newest] =
    row?.migrated === true
      ? await rows<{ version: number }>(
          client,
          'SELECT coalesce(max(version), 0)::int AS version FROM migrations',
        )
      : [];
  return {
    tls: row?.tls ?? null,
    may_create: row?.may_create ?? false,
    read_only: row?.read_only ?? false,
    schema_version: newest?.version ?? 0,
    undurable: undurable.map(({ said }) => said),
  };
}

async function rows<R extends Record<string, unknown>>(client: Client, sql: string): Promise<readonly R[]> {
  return (await client.query<R>(sql)).rows;
}

/** How often all is asked: other clients of a pool may take what would have come next. */
const ROUNDS = 3;

/**
 * Returns whether a pooler lends out connections for a transaction only. Two sessions never have one process of the server, and one
 * session never has two: behind such a pooler the first is so when it prefers the connection that was used last, the second
 * when it takes turns. What a session sets would come and go with the process, so nothing has to be set.
 */
async function isPooled(one: Client, other: Client): Promise<boolean> {
  const mine = new Set<number>();
  const others = new Set<number>();
  for (let round = 0; round < ROUNDS; round += 1) {
    mine.add(await processOf(one));
    others.add(await processOf(other));
    // An odd number in a round: a pool of two that takes turns would give each of us its own all the time.
    mine.add(await processOf(one));
    if (mine.size > 1 || others.size > 1 || [...mine].some((pid) => others.has(pid))) return true;
  }
  return false;
}

async function processOf(client: Client): Promise<number> {
  const [row] = await rows<{ pid: number }>(client, 'SELECT pg_backend_pid() AS pid');
  return row?.pid ?? 0;
}
