/**
 * The connection that holds a database for one server. PostgreSQL gives the lock up with the connection, so an answer on it says
 * also that nobody else has the database: what others have announced is asked for here.
 */
import type { Client } from 'pg';
import { setTimeout as sleep } from 'node:timers/promises';
import { StorageUnavailableError, StoreOpenError } from '../engine.js';
import { CONNECT_TIMEOUT_MS, type DatabaseAddress } from './address.js';
import { connect, cutOff, timed } from './connect.js';
import { openFault } from './faults.js';
import { statement } from './statements.js';

/** The lock's name within the database; nobody else would think of this number. */
const HELD = '7597138431604212224';

/** How long a lost connection's backend may go on to hold the lock at the start: the server that was killed a moment ago. */
const LEFT_BEHIND_MS = 3_000;
const LOOK_AGAIN_MS = 100;

export class Holder {
  readonly #address: DatabaseAddress;
  #client: Client | null;
  #again: Promise<Client> | null = null;
  /** How often the database had to be taken again: somebody else may have had it meanwhile. */
  #losses = 0;
  #closed = false;

  private constructor(address: DatabaseAddress, client: Client) {
    this.#address = address;
    this.#client = this.#watch(client);
  }

  /**
   * Takes a database and lets `prepare` bring it up to date. Throws StoreOpenError when another server has it; nothing is open
   * then.
   */
  static async open(address: DatabaseAddress, prepare: (client: Client) => Promise<void>): Promise<Holder> {
    const client = await connect(address, { limited: false, within_ms: CONNECT_TIMEOUT_MS }).catch(
      (error: unknown) => {
        throw openFault(error, address);
      },
    );
    try {
      const until = performance.now() + LEFT_BEHIND_MS;
      while (!(await hold(client))) {
        if (performance.now() > until) throw inUse();
        await sleep(LOOK_AGAIN_MS);
      }
      await prepare(client);
      return new Holder(address, client);
    } catch (error) {
      await client.end();
      throw openFault(error, address);
    }
  }

  get losses(): number {
    return this.#losses;
  }

  /** Asks for rows while the database is held. Throws StorageUnavailableError when it can't be reached, or isn't held any more. */
  async all<R extends object>(sql: string, ...values: readonly unknown[]): Promise<R[]> {
    let client: Client | null = null;
    try {
      client = this.#client ?? (await (this.#again ??= this.#take()));
      const { rows } = await client.query<R & Record<string, unknown>>(timed(statement(sql, values)));
      return rows;
    } catch (error) {
      if (client !== null) this.#lose(client);
      throw new StorageUnavailableError(error instanceof Error ? error.message : String(error));
    }
  }

  async close(): Promise<void> {
    this.#closed = true;
    await this.#client?.end();
    this.#client = null;
  }

  async #take(): Promise<Client> {
    try {
      if (this.#closed) throw new Error('the store is closed');
      const client = await connect(this.#address, { limited: false });
      try {
        if (!(await hold(client))) throw inUse();
      } catch (error) {
        cutOff(client);
        throw error;
      }
      return (this.#client = this.#watch(client));
    } finally {
      this.#again = null;
    }
  }

  #watch(client: Client): Client {
    client.on('end', () => this.#lose(client));
    client.on('error', () => this.#lose(client));
    return client;
  }

  #lose(client: Client): void {
    if (this.#client !== client) return;
    this.#client = null;
    this.#losses += 1;
    cutOff(client);
  }
}

const inUse = (): StoreOpenError =>
  new StoreOpenError(
    'in_use',
    'Another auth-server uses this database. Stop it, or name another database with --database.',
  );

async function hold(client: Client): Promise<boolean> {
  const { rows } = await client.query<{ held: number }>(
    timed(statement('SELECT pg_try_advisory_lock($1) AS held', [HELD])),
  );
  return rows[0]?.held === 1;
}
