/**
 * The writer thread: owns the database for writing. Started by writer.ts; talks in messages.ts. It opens one database at a
 * time, and what it closed leaves nothing behind: it could open the next.
 */
import { parentPort, type MessagePort } from 'node:worker_threads';
import { openPostgresQueue } from '../postgres/write_queue.js';
import { openSqliteQueue } from '../sqlite/write_queue.js';
import type { ToWriter, WriterOptions } from './messages.js';
import type { Say, WriteQueue } from './queue.js';

if (parentPort === null) throw new Error('the writer runs as a worker thread');
const port: MessagePort = parentPort;
const say: Say = (message) => port.postMessage(message);

/** Opens a database and says how that went; null, and nothing held, when it could not be opened. */
function open(options: WriterOptions): WriteQueue | null | Promise<WriteQueue | null> {
  switch (options.kind) {
    case 'sqlite':
      return openSqliteQueue(options, port, say);
    case 'postgres':
      return openPostgresQueue(options, say);
  }
}

let writes: WriteQueue | null = null;

async function hear(message: ToWriter): Promise<void> {
  if (!Array.isArray(message) && message.kind === 'open') {
    writes = await open(message.options);
    return;
  }
  writes?.take(message);
  if ((await writes?.run()) !== true) return;
  writes = null;
  say({ kind: 'closed' });
}

port.on('message', (message: ToWriter) => void hear(message));
