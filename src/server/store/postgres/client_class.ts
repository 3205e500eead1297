/** The driver's client, made to say at its start what this program says and nothing else. */
import type { Duplex } from 'node:stream';
import type { Client, ClientConfig } from 'pg';
import { clientOptions, type DatabaseAddress } from './address.js';

type ClientClass = new (config: ClientConfig) => Client;

/**
 * Returns the class of clients, which is what a pool takes as `Client`. Loaded on first need: who keeps their data in SQLite
 * doesn't wait for a driver.
 */
export async function databaseClient(): Promise<ClientClass> {
  const { default: driver } = await import('pg');
  return class DatabaseClient extends driver.Client {
    #gathering = false;

    /**
     * Sends what is asked in one turn of the event loop in one piece, and begins with it at its end: the driver would send each
     * question by itself, and that costs more than everything else that is done for it.
     */
    override query(...asked: readonly unknown[]): never {
      if (!this.#gathering) {
        this.#gathering = true;
        const { stream } = (this as unknown as { readonly connection: { readonly stream: Duplex } })
          .connection;
        stream.cork();
        process.nextTick(() => {
          this.#gathering = false;
          stream.uncork();
        });
      }
      // Whatever it is asked with: the overloads are the driver's.
      return super.query<never>(...(asked as [never]));
    }

    /**
     * The first message to the server. The driver adds what it finds in PGOPTIONS, PGREPLICATION and their like, which are of
     * other programs; poolers refuse most of it, too.
     */
    getStartupConf(): Record<string, string | undefined> {
      const { user, database } = this;
      return { user, database, application_name: 'portcullis', client_encoding: 'UTF8' };
    }
  };
}

/**
 * Returns a client that is connected, and whose statements fail when nothing answers for so long. Throws what the driver throws:
 * `openFault` has the sentence.
 */
export async function connectedClient(address: DatabaseAddress, query_timeout: number): Promise<Client> {
  const DatabaseClient = await databaseClient();
  const client = new DatabaseClient({ ...clientOptions(address), query_timeout });
  // One that breaks while nobody asks anything would end the program; whoever asks next is told.
  client.on('error', () => null);
  try {
    await client.connect();
    return client;
  } catch (error) {
    client.end().catch(() => null);
    throw error;
  }
}
