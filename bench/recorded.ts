/** The statements that an operation sends to PostgreSQL, written down while it runs. */
import type { Client, Pool, PoolClient, QueryConfig } from 'pg';
import type { OperationArgs, OperationName } from '../src/server/store/index.js';
import type { DatabaseAddress } from '../src/server/store/index.js';
import { openPool } from '../src/server/store/postgres/connect.js';
import { Transactions, type Connection } from '../src/server/store/postgres/transactions.js';

/** In the order in which they were sent, begin and commit among them. */
export type Recorded = readonly QueryConfig<unknown[]>[];

function recording(client: PoolClient, sent: QueryConfig<unknown[]>[]): Connection {
  return {
    query: (asked) => {
      sent.push(asked);
      return client.query(asked);
    },
    // What a pool gives is a client, whose own `end` this is.
    end: () => (client as unknown as Client).end(),
    release: (lost) => client.release(lost),
  };
}

/** Carries out operations as the server does, one after the other. */
export class Recorder implements AsyncDisposable {
  readonly #pool: Pool;
  readonly #address: DatabaseAddress;

  private constructor(pool: Pool, address: DatabaseAddress) {
    this.#pool = pool;
    this.#address = address;
  }

  static async open(address: DatabaseAddress): Promise<Recorder> {
    return new Recorder(await openPool(address, 1), address);
  }

  /** Does it, and returns what was sent for it. Throws when it was refused: that would be something else. */
  async record<O extends OperationName>(operation: O, args: OperationArgs<O>): Promise<Recorded> {
    const sent: QueryConfig<unknown[]>[] = [];
    const transactions = new Transactions({
      pool: { connect: async () => recording(await this.#pool.connect(), sent) },
      address: this.#address,
      announcing: 'collected',
      isolation: 'read committed',
    });
    const outcome = await transactions.run({ number: 0, operation, args });
    const [first, last] = [sent[0]?.text ?? '', sent.at(-1)?.text];
    if (!('result' in outcome) || !first.startsWith('BEGIN') || last !== 'COMMIT')
      throw new Error(`${operation} was not carried out: ${JSON.stringify(outcome)}`);
    return sent;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#pool.end();
  }
}
