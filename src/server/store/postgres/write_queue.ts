/** Writes to PostgreSQL as the writer thread does them: each begins at once, as far as there are connections. */
import {
  unpackRequests,
  packOutcomes,
  type PostgresOptions,
  type ToWriter,
  type WriteOutcome,
  type WriteRequest,
} from '../writer/messages.js';
import type { Who } from '../operations/who.js';
import type { Say, WriteQueue } from '../writer/queue.js';
import { addressCarried } from './address.js';
import { openPool } from './connect.js';
import { WRITERS } from './pool_sizes.js';
import { Transactions } from './transactions.js';
import { MIGRATION_NAMES } from '../migration_names.js';
import type { Pool } from 'pg';

type Waiting = { readonly request: WriteRequest; readonly session: string | null };

class PooledQueue implements WriteQueue {
  readonly #pool: Pool;
  readonly #transactions: Transactions;
  readonly #say: Say;
  /** In the order in which they came. */
  #waiting: Waiting[] = [];
  #running = 0;
  /** Sessions with a write under way. What a session asks for happens in the order in which it asked, and it would only wait for itself. */
  readonly #busy = new Set<string>();
  /** Outcomes of this turn of the event loop: they go to the main thread together. */
  #outcomes: WriteOutcome[] = [];
  #closing = false;
  #idle: () => void = () => undefined;

  constructor(pool: Pool, options: PostgresOptions, say: Say) {
    this.#pool = pool;
    this.#say = say;
    const { isolation } = options;
    const address = addressCarried(options.address);
    this.#transactions = new Transactions({ pool, address, isolation, announcing: 'collected' });
  }

  take(message: Exclude<ToWriter, { readonly kind: 'open' }>): void {
    if (!Array.isArray(message)) {
      this.#closing = true;
      return;
    }
    for (const request of unpackRequests(message))
      this.#waiting.push({ request, session: sessionOf(request) });
    this.#begin();
  }

  async run(): Promise<boolean> {
    if (!this.#closing) return false;
    if (this.#running > 0 || this.#waiting.length > 0)
      await new Promise<void>((resolve) => (this.#idle = resolve));
    this.#flush();
    await this.#pool.end();
    return true;
  }

  /** Begins as many as there are connections. */
  #begin(): void {
    if (this.#running >= WRITERS) return;
    const later: Waiting[] = [];
    for (const [at, one] of this.#waiting.entries()) {
      if (this.#running >= WRITERS) {
        later.push(...this.#waiting.slice(at));
        break;
      }
      if (one.session !== null && this.#busy.has(one.session)) later.push(one);
      else this.#start(one);
    }
    this.#waiting = later;
  }

  #start({ request, session }: Waiting): void {
    this.#running += 1;
    if (session !== null) this.#busy.add(session);
    void this.#transactions.run(request).then((outcome) => {
      this.#running -= 1;
      if (session !== null) this.#busy.delete(session);
      this.#tell(outcome);
      // Whoever waited for a database that is away has waited long enough.
      if (this.#transactions.is_away) this.#refuseWaiting();
      this.#begin();
      if (this.#running === 0) this.#idle();
    });
  }

  #refuseWaiting(): void {
    for (const { request } of this.#waiting)
      this.#tell({ number: request.number, unavailable: 'the database can not be reached' });
    this.#waiting = [];
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

function sessionOf({ args }: WriteRequest): string | null {
  // Whoever acts is always called `who`.
  const { who } = args as { readonly who?: Who };
  return who?.actor.kind === 'session' ? who.actor.session_id : null;
}

/** Opens the connections that write to a database. It is up to date: whoever holds it has seen to that. */
export async function openPostgresQueue(options: PostgresOptions, say: Say): Promise<WriteQueue | null> {
  const pool = await openPool(addressCarried(options.address), WRITERS);
  const schema_version = MIGRATION_NAMES.length;
  say({ kind: 'ready', migrated_from: schema_version, schema_version, backup_path: null });
  return new PooledQueue(pool, options, say);
}
