/**
 * The one PostgreSQL of a whole run. It belongs to the process that outlives all workers, which starts it when a worker first
 * asks for a database, and which makes and drops all of them, one after the other: two can't be made of one template at
 * the same time. Asked over a port of this machine, a line of JSON for a line of JSON, by whoever knows the secret.
 */
import { randomBytes } from 'node:crypto';
import { once } from 'node:events';
import { createServer, type AddressInfo, type Server, type Socket } from 'node:net';
import { Client } from 'pg';
import { heard, type Ask, type SharedAddress } from './ask_shared.mjs';
import { OWNER, startPostgres, type PostgresCluster } from './postgres.js';

const TEMPLATE = 'portcullis_template';

export type MadeDatabase = {
  readonly name: string;
  /** Its address for its owner, who is nobody special. */
  readonly url: string;
  /** The same by the Unix socket. */
  readonly socket_url: string;
  /** Its address for who may do everything. */
  readonly superuser_url: string;
};

export type SharedOptions = {
  /** Fills the template of all databases, once, as the owner of it; it has to close its connections. */
  readonly migrate?: (url: string) => Promise<void>;
  readonly start?: () => Promise<PostgresCluster>;
};

/** A started PostgreSQL with its template, and a connection that makes databases. */
type Begun = { readonly cluster: PostgresCluster; readonly client: Client };

export class SharedPostgres implements AsyncDisposable {
  readonly address: SharedAddress;
  /** Whether a test had to be left out. */
  left_out = false;
  readonly #server: Server;
  readonly #options: SharedOptions;
  #begun: Promise<Begun> | null = null;
  #last: Promise<unknown> = Promise.resolve();
  #count = 0;

  /** Begins to listen; starts nothing. */
  static async listen(options: SharedOptions = {}): Promise<SharedPostgres> {
    const server = createServer({ allowHalfOpen: true });
    server.listen(0, '127.0.0.1').unref();
    await once(server, 'listening');
    return new SharedPostgres(server, options);
  }

  private constructor(server: Server, options: SharedOptions) {
    // An address of TCP.
    const { port } = server.address() as AddressInfo;
    this.address = { port, secret: randomBytes(16).toString('hex') };
    this.#server = server.on('connection', (socket) => void this.#answer(socket));
    this.#options = options;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    this.#server.close();
    const begun = await this.#begun?.catch(() => null);
    await begun?.client.end();
    await begun?.cluster[Symbol.asyncDispose]();
  }

  async #answer(socket: Socket): Promise<void> {
    // A worker that was ended in the middle of asking wants no answer.
    socket.on('error', () => undefined);
    let answer: unknown;
    try {
      // Only askShared writes here, or the secret is wrong.
      const { secret, ask } = JSON.parse(await heard(socket)) as { secret: string; ask: Ask };
      if (secret !== this.address.secret)
        throw new Error('who asks for a database does not belong to this run');
      answer = await this.#do(ask);
    } catch (error) {
      answer = { fault: error instanceof Error ? (error.stack ?? error.message) : String(error) };
    }
    socket.end(JSON.stringify(answer));
  }

  #do(ask: Ask): unknown {
    if ('left_out' in ask) {
      this.left_out = true;
      return {};
    }
    const done = this.#last.then(() => ('make' in ask ? this.#make(ask.make) : this.#drop(ask.drop)));
    this.#last = done.catch(() => undefined);
    return done;
  }

  async #make(what: 'filled' | 'empty'): Promise<MadeDatabase> {
    const { cluster, client } = await this.#ready();
    this.#count += 1;
    const name = `portcullis_${this.#count}`;
    const template = what === 'filled' ? TEMPLATE : 'template1';
    // Copying the files takes a third of the time of writing them to the log, with 40 tables in them: 8 ms instead of 25.
    await client.query(`CREATE DATABASE ${name} OWNER ${OWNER} TEMPLATE ${template} STRATEGY file_copy`);
    return {
      name,
      url: cluster.url(name),
      socket_url: cluster.socketUrl(name),
      superuser_url: cluster.superuserUrl(name),
    };
  }

  async #drop(name: string): Promise<object> {
    const { client } = await this.#ready();
    await client.query(`DROP DATABASE IF EXISTS ${name} WITH (FORCE)`);
    return {};
  }

  #ready(): Promise<Begun> {
    return (this.#begun ??= this.#begin());
  }

  async #begin(): Promise<Begun> {
    const { migrate, start = startPostgres } = this.#options;
    const cluster = await start();
    try {
      const url = await cluster.createDatabase(TEMPLATE);
      await migrate?.(url);
      const client = new Client({ connectionString: cluster.superuserUrl() });
      // What it is asked next fails, and says so.
      client.on('error', () => undefined);
      await client.connect();
      // A database that somebody is connected to can't be copied.
      await client.query(`ALTER DATABASE ${TEMPLATE} ALLOW_CONNECTIONS false`);
      return { cluster, client };
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }
}
