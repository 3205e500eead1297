/**
 * COPY in its text form, in both directions, with no more than a few lines in memory. The driver has the messages, but nothing that
 * listens to them; what does is written here, because of it no more is needed than this.
 * [PostgreSQL, 55.2.6: COPY Operations]
 */
import type { Duplex } from 'node:stream';
import type { Client, Connection } from 'pg';
import { LINES_BYTES, type Lines } from '../moving/lines.js';
import { cutOff } from './connect.js';

/** What the driver's connection has and its types don't. */
type CopyingConnection = Connection & {
  readonly stream: Duplex;
  sendCopyFromChunk(lines: Buffer): void;
  endCopyFrom(): void;
  sendCopyFail(why: string): void;
};

type Settling<T> = {
  readonly promise: Promise<T>;
  readonly resolve: (value: T) => void;
  readonly reject: (error: Error) => void;
};

/** A promise that somebody may never wait for. */
function settling<T>(): Settling<T> {
  let resolve: Settling<T>['resolve'] = () => undefined;
  let reject: Settling<T>['reject'] = () => undefined;
  const promise = new Promise<T>((resolveIt, rejectIt) => {
    resolve = resolveIt;
    reject = rejectIt;
  });
  promise.catch(() => undefined);
  return { promise, resolve, reject };
}

/** A statement as the driver's client asks it: it calls these by their names. */
class CopyIn {
  readonly ready = settling<CopyingConnection>();
  readonly done = settling<undefined>();
  readonly #sql: string;
  /** Set when nothing has to be sent any more. */
  over = false;

  constructor(sql: string) {
    this.#sql = sql;
  }

  submit(connection: Connection): void {
    connection.query(this.#sql);
  }

  handleCopyInResponse(connection: CopyingConnection): void {
    this.ready.resolve(connection);
  }

  handleCommandComplete(): void {
    this.over = true;
  }

  handleReadyForQuery(): void {
    this.done.resolve(undefined);
  }

  handleError(error: Error): void {
    this.over = true;
    this.ready.reject(error);
    this.done.reject(error);
  }
}

/** Writes lines by a `COPY … FROM STDIN`. Throws what the database says, or what reading the lines has thrown. */
export async function copyIn(client: Client, sql: string, lines: AsyncIterable<Lines>): Promise<void> {
  const copy = client.query(new CopyIn(sql));
  const connection = await copy.ready.promise;
  try {
    for await (const { bytes } of lines) {
      if (copy.over) break;
      connection.sendCopyFromChunk(bytes);
      if (connection.stream.writableNeedDrain) await drained(connection.stream);
    }
  } catch (error) {
    connection.sendCopyFail('the other side can not be read');
    await copy.done.promise.catch(() => undefined);
    throw error;
  }
  if (!copy.over) connection.endCopyFrom();
  await copy.done.promise;
}

/** Resolves when more can be written, or nothing ever. */
function drained(stream: Duplex): Promise<void> {
  return new Promise((resolve) => {
    const heard = (): void => {
      stream.off('drain', heard).off('close', heard);
      resolve();
    };
    stream.on('drain', heard).on('close', heard);
  });
}

/** So many are read ahead at least, before the other side has to wait. */
const AHEAD = 4;

class CopyOut {
  readonly #sql: string;
  readonly #ready: Lines[] = [];
  /** What has come since the last of them. The driver uses the memory of a message again, so it is copied. */
  #bytes = Buffer.allocUnsafe(2 * LINES_BYTES);
  #length = 0;
  #rows = 0;
  #stream: Duplex | null = null;
  #failure: Error | null = null;
  #heard = settling<undefined>();
  over = false;

  constructor(sql: string) {
    this.#sql = sql;
  }

  submit(connection: Connection): void {
    this.#stream = connection.stream;
    connection.query(this.#sql);
  }

  /** A row, [PostgreSQL, 55.7: CopyData]. */
  handleCopyData({ chunk }: { readonly chunk: Buffer }): void {
    if (this.#length + chunk.length > this.#bytes.length) {
      this.#handOn();
      if (chunk.length > this.#bytes.length) this.#bytes = Buffer.allocUnsafe(chunk.length);
    }
    this.#length += chunk.copy(this.#bytes, this.#length);
    this.#rows += 1;
    if (this.#length >= LINES_BYTES) this.#handOn();
  }

  handleCommandComplete(): void {
    this.#handOn();
  }

  handleReadyForQuery(): void {
    this.#end(null);
  }

  handleError(error: Error): void {
    this.#end(error);
  }

  /** Returns the next lines; null behind the last. */
  async next(): Promise<Lines | null> {
    for (;;) {
      if (this.#failure !== null) throw this.#failure;
      const lines = this.#ready.shift();
      if (this.#ready.length < AHEAD) this.#stream?.resume();
      if (lines !== undefined) return lines;
      if (this.over) return null;
      await this.#heard.promise;
    }
  }

  #handOn(): void {
    if (this.#rows === 0) return;
    this.#ready.push({ bytes: this.#bytes.subarray(0, this.#length), rows: this.#rows });
    this.#bytes = Buffer.allocUnsafe(2 * LINES_BYTES);
    this.#length = 0;
    this.#rows = 0;
    if (this.#ready.length >= AHEAD) this.#stream?.pause();
    this.#wake();
  }

  #end(failure: Error | null): void {
    this.over = true;
    this.#failure = failure;
    this.#stream?.resume();
    this.#wake();
  }

  #wake(): void {
    this.#heard.resolve(undefined);
    this.#heard = settling();
  }
}

/** Reads lines by a `COPY … TO STDOUT`. Whoever stops before the end has lost the connection. Throws what the database says. */
export async function* copyOut(client: Client, sql: string): AsyncGenerator<Lines> {
  const copy = client.query(new CopyOut(sql));
  try {
    for (;;) {
      const lines = await copy.next();
      if (lines === null) return;
      yield lines;
    }
  } finally {
    if (!copy.over) cutOff(client);
  }
}
