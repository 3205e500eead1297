// Asks PostgreSQL for a thread that waits meanwhile: it is told by a shared number that the answer lies in its port.
import { workerData } from 'node:worker_threads';
import pg from 'pg';
import { askShared } from './ask_shared.mjs';

const { port, answered } = workerData;

/** As long as SQLite waits for a lock, milliseconds. */
const LOCK_MS = 5_000;

const [BOOL, BYTEA] = [16, 17];
const NUMBERS = new Set([20, 21, 23, 1700]);
/** Values as SQLite gives them: truth is 0 or 1, integers are numbers. */
const types = {
  getTypeParser: (oid) => {
    if (oid === BOOL) return (text) => (text === 't' ? 1 : 0);
    if (oid === BYTEA) return (text) => Buffer.from(text.slice(2), 'hex');
    if (NUMBERS.has(oid)) return Number;
    return (text) => text;
  },
};

/** By the number of whoever opened it. */
const open = new Map();
/** Connections that nobody uses now, by database: a new one takes longer than all that most are asked. */
const idle = new Map();

async function connect(url) {
  for (let client = idle.get(url)?.pop(); client !== undefined; client = idle.get(url)?.pop())
    if (!client.lost) return client;
  const client = new pg.Client({ connectionString: url, types, lock_timeout: LOCK_MS });
  client.on('error', () => (client.lost = true));
  client.on('end', () => (client.lost = true));
  await client.connect();
  return client;
}

const WORK = {
  open: async ({ number, url }) => void open.set(number, { url, client: await connect(url) }),
  close: async ({ number }) => {
    const { url, client } = open.get(number);
    open.delete(number);
    // It warns where there is no transaction, and that is all.
    await client.query('ROLLBACK; RESET ALL');
    idle.set(url, [...(idle.get(url) ?? []), client]);
  },
  /** Ends the connections that nobody uses, so that the database can go. */
  leave: async ({ url }) => {
    for (const client of idle.get(url) ?? []) await client.end();
    idle.delete(url);
  },
  ask: async ({ number, text, values }) => {
    const bound = values.map((value) => (value instanceof Uint8Array ? Buffer.from(value) : value));
    const { rows, rowCount } = await open.get(number).client.query({ text, values: bound });
    return { rows, changes: rowCount };
  },
  /** Several statements, without values. */
  exec: async ({ number, text }) => void (await open.get(number).client.query(text)),
  shared: async ({ address, question }) => askShared(address, question),
};

port.on('message', async ({ kind, ...asked }) => {
  let answer;
  try {
    answer = { value: await WORK[kind](asked) };
  } catch (error) {
    answer = { error: error.message, code: error.code };
  }
  port.postMessage(answer);
  Atomics.store(answered, 0, 1);
  Atomics.notify(answered, 0);
});
