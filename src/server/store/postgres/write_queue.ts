/** Writes to PostgreSQL as the writer thread does them: each begins at once, as far as there are connections. */
import {
  unpackRequests,
  packOutcomes,
  type PostgresOptions,
  type ToWriter,
  type WriteOutcome,
} from '../writer/messages.js';
import type { Say, WriteQueue } from '../writer/queue.js';
import { openPool } from './connect.js';
import { Transactions } from './transactions.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import type { Pool } from 'pg';

/** Connections that write. More would wait for the same disk and the same rows. */
export const WRITERS = 8;

class PooledQueue implements WriteQueue {
  readonly #pool: Pool;
  readonly #transactions: Transactions;
  readonly #say: Say;
  readonly #running = new Set<Promise<void>>();
  /** Outcomes of this turn of the event loop: they go to the main thread together. */
  #outcomes: WriteOutcome[] = [];
  #closing = false;

  constructor(pool: Pool, options: PostgresOptions, say: Say) {
    this.#pool = pool;
    this.#say = say;
    const { address, isolation } = options;
    this.#transactions = new Transactions({ pool, address, isolation, announcing: 'collected' });
  }

  take(message: Exclude<ToWriter, { readonly kind: 'open' }>): void {
    if (!Array.isArray(message)) {
      this.#closing = true;
      return;
    }
    for (const request of unpackRequests(message)) {
      const done = this.#transactions.run(request).then((outcome) => {
        this.#tell(outcome);
        this.#running.delete(done);
      });
      this.#running.add(done);
    }
  }

  async run(): Promise<boolean> {
    if (!this.#closing) return false;
    await Promise.all(this.#running);
    this.#flush();
    await this.#pool.end();
    return true;
  }

  #tell(outcome: WriteOutcome): void {
    if (this.#outcomes.length === 0) setImmediate(() => this.#flush());
    this.#outcomes.push(outcome);
  }

  #flush(): void {
    if (this.#outcomes.length === 0) return;
    const outcomes = packOutcomes(this.#outcomes);
    this.#outcomes = [];
    this.#say({ kind: 'outcomes', outcomes, slow: false });
  }
}

/** Opens the connections that write to a database. It is up to date: whoever holds it has seen to that. */
export async function openPostgresQueue(options: PostgresOptions, say: Say): Promise<WriteQueue | null> {
  const pool = await openPool(options.address, WRITERS);
  const schema_version = MIGRATION_NAMES.length;
  say({ kind: 'ready', migrated_from: schema_version, schema_version, backup_path: null });
  return new PooledQueue(pool, options, say);
}
