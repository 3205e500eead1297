/**
 * PostgreSQL without waiting for promises, with as much of better-sqlite3's interface as tests use: a thread asks, this one
 * sleeps until it has the answer. One thread for each process of tests.
 */
import { MessageChannel, receiveMessageOnPort, Worker, type MessagePort } from 'node:worker_threads';
import type { Ask, SharedAddress } from './ask_shared.mjs';
import type { OpenedDatabase, PreparedStatement } from './database.js';

type Answer = { readonly value: unknown } | { readonly error: string; readonly code: string | undefined };
type Asked = { readonly rows: Record<string, unknown>[]; readonly changes: number };

class Door {
  readonly #port: MessagePort;
  readonly #answered = new Int32Array(new SharedArrayBuffer(4));

  constructor() {
    const { port1, port2 } = new MessageChannel();
    this.#port = port1;
    const thread = new Worker(new URL('postgres_door_thread.mjs', import.meta.url), {
      workerData: { port: port2, answered: this.#answered },
      transferList: [port2],
    });
    // Nothing that waits for its next use keeps the tests from ending.
    thread.unref();
    port1.unref();
  }

  /** Throws what the database says. */
  ask(question: { readonly kind: string } & Record<string, unknown>): unknown {
    Atomics.store(this.#answered, 0, 0);
    this.#port.postMessage(question);
    // Woken by the end of the answer before, it sleeps on.
    while (Atomics.load(this.#answered, 0) === 0) Atomics.wait(this.#answered, 0, 0);
    // The number changes only behind an answer.
    const { message } = receiveMessageOnPort(this.#port) as { message: Answer };
    if ('error' in message) throw Object.assign(new Error(message.error), { code: message.code });
    return message.value;
  }
}

let door: Door | null = null;
let opened = 0;
const ask = (question: { readonly kind: string } & Record<string, unknown>): unknown =>
  (door ??= new Door()).ask(question);

/** What has to be read over, and what stands for a value: `?`, `@name`. */
const VALUES = /'(?:[^']|'')*'|\?|@(\w+)/g;

/** Buffers cross to another thread as plain bytes. */
const asBuffer = (value: unknown): unknown =>
  value instanceof Uint8Array ? Buffer.from(value.buffer, value.byteOffset, value.byteLength) : value;

class Statement implements PreparedStatement<unknown[], unknown> {
  readonly #number: number;
  readonly #text: string;
  /** The name or the place of each value. */
  readonly #values: (string | number)[] = [];
  #plucked = false;

  constructor(number: number, sql: string) {
    this.#number = number;
    let place = 0;
    this.#text = sql.replace(VALUES, (text, name: string | undefined) => {
      if (text.startsWith("'")) return text;
      const value = name ?? place++;
      if (!this.#values.includes(value)) this.#values.push(value);
      return `$${this.#values.indexOf(value) + 1}`;
    });
  }

  get(...values: unknown[]): unknown {
    return this.all(...values)[0];
  }

  all(...values: unknown[]): unknown[] {
    return this.#ask(values).rows.map((row) => {
      const entries = Object.entries(row).map(([name, value]): [string, unknown] => [name, asBuffer(value)]);
      return this.#plucked ? entries[0]?.[1] : Object.fromEntries(entries);
    });
  }

  run(...values: unknown[]): { readonly changes: number } {
    return { changes: this.#ask(values).changes };
  }

  pluck(): this {
    this.#plucked = true;
    return this;
  }

  #ask(values: unknown[]): Asked {
    const [named] = values;
    const bound = this.#values.map((at) =>
      typeof at === 'number' ? values.flat()[at] : (named as Record<string, unknown>)[at],
    );
    return ask({ kind: 'ask', number: this.#number, text: this.#text, values: bound }) as Asked;
  }
}

/** Opens a database; its `prepare` takes what both engines understand. */
export function openDoor(url: string): OpenedDatabase {
  const number = (opened += 1);
  ask({ kind: 'open', number, url });
  const exec = (text: string): void => void ask({ kind: 'exec', number, text });
  return {
    // As on SQLite the caller says what it binds and what comes back.
    prepare: <B extends unknown[] | object, R>(sql: string) =>
      new Statement(number, sql) as unknown as PreparedStatement<B, R>,
    exec,
    transaction: (work) => () => {
      exec('BEGIN');
      try {
        const result = work();
        exec('COMMIT');
        return result;
      } catch (error) {
        exec('ROLLBACK');
        throw error;
      }
    },
    [Symbol.dispose]: () => void ask({ kind: 'close', number }),
  };
}

/** Ends every connection to a database that isn't open now. */
export function leaveDatabase(url: string): void {
  if (door !== null) ask({ kind: 'leave', url });
}

/** Asks the run's PostgreSQL as `askShared` does, where nothing can be awaited. */
export function askSharedNow(address: SharedAddress, question: Ask): unknown {
  return ask({ kind: 'shared', address, question });
}
