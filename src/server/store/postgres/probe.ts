/**
 * A look at a PostgreSQL before it is used, and for `auth-server doctor`: whether this program can keep its data there.
 * Changes nothing, locks nothing, and is gone after a few statements.
 */
import type { Client } from 'pg';
import type { Clock } from '../../runtime/index.js';
import { StoreOpenError } from '../engine.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import { RING_COLUMNS, type RingKey } from '../records/key_ring.js';
import { formerForms, type FormerForm, type FormRow } from '../former_forms.js';
import { CONNECT_TIMEOUT_MS, type DatabaseAddress } from './address.js';
import { connectedClient } from './client_class.js';
import { noRight, openFault, pooled, readOnly, tooOld, VERSION_MIN, wrongEncoding } from './faults.js';
import { schemaVersion } from './migrations/index.js';

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
  /** The newest migration in it; 0 for a database without any; null also when that can't be read, or is a newer release's. */
  readonly schema_version: number | null;
  /** Settings of the server under which something acknowledged can be lost, such as `fsync = off`. */
  readonly undurable: readonly string[] | null;
  /** What the rows tell, when that was asked for and the schema is this program's. */
  readonly content: DatabaseContent | null;
};

export type DatabaseContent = {
  /** How far its clock is ahead of this machine's, milliseconds, as far as the answer's way tells it. */
  readonly ahead_ms: number;
  readonly newest_audit_at: number | null;
  readonly administrators: number;
  readonly setup_code_expires_at: number | null;
  readonly former_forms: readonly FormerForm[];
  readonly ring_keys: readonly RingKey[];
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
  content: null,
};

/**
 * Connects and looks. Never throws: what is wrong is in `faults`. `schema_known`: the newest migration of this program.
 * `content_by`: this machine's clock, when what the rows tell is to be looked at as well.
 */
export async function probe(
  address: DatabaseAddress,
  schema_known: number,
  { content_by = null }: { readonly content_by?: Clock | null } = {},
): Promise<DatabaseProbe> {
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
    const schema = await schemaOf(client, address);
    found = { ...found, schema_version: schema.version };
    found = { ...found, faults: faultsIn(found, address, schema_known, schema.fault) };
    if (content_by !== null && schema.version === schema_known)
      found = { ...found, content: await contentOf(client, content_by) };
    return found;
  } catch (error) {
    return { ...found, faults: [...found.faults, openFault(error, address)] };
  } finally {
    // A server that says nothing any more is not waited for: its answer is of no use.
    for (const client of clients) client.end().catch(() => null);
  }
}

/**
 * Returns the newest migration of a database; 0 for an empty one. Throws StoreOpenError for one that this program can't keep its
 * data in.
 */
export async function usableSchema(address: DatabaseAddress): Promise<number> {
  const { faults, schema_version } = await probe(address, MIGRATION_NAMES.length);
  const [fault] = faults;
  if (fault !== undefined) throw fault;
  return schema_version ?? 0;
}

function faultsIn(
  { pooled: between, encoding, read_only, may_create, schema_version }: DatabaseProbe,
  address: DatabaseAddress,
  schema_known: number,
  history: StoreOpenError | null,
): readonly StoreOpenError[] {
  const faults: StoreOpenError[] = [];
  if (between === true) faults.push(new StoreOpenError('pooled', pooled(address)));
  if (encoding !== 'UTF8')
    faults.push(new StoreOpenError('wrong_encoding', wrongEncoding(address, encoding ?? '')));
  if (read_only === true) faults.push(new StoreOpenError('unwritable', readOnly(address)));
  if (history !== null) faults.push(history);
  // Who may only write rows can keep what is there going; there is nothing to make until a newer release comes.
  if (may_create !== true && schema_version !== schema_known)
    faults.push(new StoreOpenError('no_right', noRight(address, null)));
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

type Settings = Pick<DatabaseProbe, 'tls' | 'may_create' | 'read_only' | 'undurable'>;

async function settingsOf(client: Client): Promise<Settings> {
  const [row] = await rows<{
    tls: string | null;
    may_create: boolean;
    read_only: boolean;
  }>(
    client,
    `SELECT (SELECT version FROM pg_stat_ssl WHERE pid = pg_backend_pid() AND ssl) AS tls,
            coalesce(has_schema_privilege(current_schema(), 'CREATE'), false) AS may_create,
            current_setting('transaction_read_only') = 'on' AS read_only`,
  );
  const undurable = await rows<{ said: string }>(
    client,
    `SELECT name || ' = ' || setting AS said FROM pg_settings
     WHERE name IN ('fsync', 'full_page_writes', 'synchronous_commit') AND setting = 'off' ORDER BY name`,
  );
  return {
    tls: row?.tls ?? null,
    may_create: row?.may_create ?? false,
    read_only: row?.read_only ?? false,
    undurable: undurable.map(({ said }) => said),
  };
}

type Schema = { readonly version: number | null; readonly fault: StoreOpenError | null };

async function schemaOf(client: Client, address: DatabaseAddress): Promise<Schema> {
  try {
    return { version: await schemaVersion(client, address), fault: null };
  } catch (error) {
    return { version: null, fault: openFault(error, address) };
  }
}

/** Counts are of bigints, which come as text: none of them is too large for a double. */
async function contentOf(client: Client, clock: Clock): Promise<DatabaseContent> {
  const asked_at = clock.now();
  const [time] = await rows<{ now: number }>(
    client,
    'SELECT (extract(epoch FROM clock_timestamp()) * 1000)::float8 AS now',
  );
  const answered_at = clock.now();
  const [row] = await rows<Omit<DatabaseContent, 'ahead_ms' | 'former_forms' | 'ring_keys'>>(
    client,
    `SELECT (SELECT at::float8 FROM audit_events ORDER BY seq DESC LIMIT 1) AS newest_audit_at,
            (SELECT count(*)::float8 FROM account_roles r JOIN accounts a ON a.account_id = r.account_id
             WHERE r.role = 'admin' AND a.status = 'active') AS administrators,
            (SELECT max(expires_at)::float8 FROM one_time_codes WHERE purpose = 'setup') AS setup_code_expires_at`,
  );
  const forms = await rows<FormRow>(
    client,
    `SELECT account_id, account_name, name_skeleton, email, email_canonical FROM accounts
     WHERE account_name ~ '[^ -~]' COLLATE "C" OR email ~ '[^ -~]' COLLATE "C"`,
  );
  return {
    ahead_ms: ahead(time?.now ?? asked_at, asked_at, answered_at),
    newest_audit_at: row?.newest_audit_at ?? null,
    administrators: row?.administrators ?? 0,
    setup_code_expires_at: row?.setup_code_expires_at ?? null,
    former_forms: formerForms(forms),
    ring_keys: await rows<RingKey>(client, `SELECT ${RING_COLUMNS} FROM ring_keys WHERE account_id IS NULL`),
  };
}

/** 0 when the clocks may well agree: it was asked somewhere between the two. */
function ahead(now: number, asked_at: number, answered_at: number): number {
  if (now > answered_at) return now - answered_at;
  return Math.min(0, now - asked_at);
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
