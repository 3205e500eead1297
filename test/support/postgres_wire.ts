/** The wire of PostgreSQL from the other side: a server that says what it is told to, and a pooler that lends out connections. */
import { connect, createServer, type AddressInfo, type Server, type Socket } from 'node:net';

type Message = { readonly type: string; readonly bytes: Buffer };

const int = (value: number, size: 2 | 4): Buffer => {
  const buffer = Buffer.alloc(size);
  buffer.writeIntBE(value, 0, size);
  return buffer;
};
const text = (value: string): Buffer => Buffer.from(`${value}\0`);

const message = (type: string, ...parts: readonly Buffer[]): Buffer => {
  const body = Buffer.concat(parts);
  return Buffer.concat([Buffer.from(type), int(body.length + 4, 4), body]);
};

export const READY = message('Z', Buffer.from('I'));
export const WELCOME = Buffer.concat([
  message('R', int(0, 4)),
  message('K', int(4_711, 4), int(1, 4)),
  READY,
]);
/** Asks for the password as it is. */
export const ASK_PASSWORD = message('R', int(3, 4));

export const errorMessage = (code: string, says: string): Buffer =>
  message('E', ...[`SFATAL`, `VFATAL`, `C${code}`, `M${says}`].map(text), Buffer.alloc(1));

/** The answer to a query: one row of texts and numbers. */
export function oneRow(row: Readonly<Record<string, string | number>>): Buffer {
  const columns = Object.entries(row).map(([name, value]) =>
    Buffer.concat([
      text(name),
      int(0, 4),
      int(0, 2),
      int(typeof value === 'number' ? 23 : 25, 4),
      int(-1, 2),
      int(-1, 4),
      int(0, 2),
    ]),
  );
  const values = Object.values(row).map((value) => Buffer.from(String(value)));
  const count = int(columns.length, 2);
  return Buffer.concat([
    message('T', count, ...columns),
    message('D', count, ...values.flatMap((value) => [int(value.length, 4), value])),
    message('C', text('SELECT 1')),
    READY,
  ]);
}

/** Hears a socket as messages; the first of a client has no type. */
function hear(socket: Socket, first: boolean, onMessage: (message: Message) => void): void {
  let [rest, typed] = [Buffer.alloc(0), !first];
  socket.on('error', () => null);
  socket.on('data', (chunk: Buffer) => {
    rest = Buffer.concat([rest, chunk]);
    for (;;) {
      const start = typed ? 1 : 0;
      if (rest.length < start + 4) return;
      const end = start + rest.readInt32BE(start);
      if (rest.length < end) return;
      const bytes = rest.subarray(0, end);
      rest = rest.subarray(end);
      onMessage({ type: typed ? bytes.toString('latin1', 0, 1) : '', bytes });
      typed = true;
    }
  });
}

export type WirePeer = AsyncDisposable & { readonly port: number };

async function listening(server: Server, end: () => void): Promise<WirePeer> {
  const sockets = new Set<Socket>();
  server.on('connection', (socket) => void sockets.add(socket));
  await new Promise<void>((resolve) => server.listen(0, '127.0.0.1', resolve));
  return {
    port: (server.address() as AddressInfo).port,
    [Symbol.asyncDispose]: async () => {
      for (const socket of sockets) socket.destroy();
      end();
      await new Promise((resolve) => server.close(resolve));
    },
  };
}

/** A server that answers each message with what it is told; undefined is silence, null is the end. */
export async function scriptedPostgres(
  answer: (type: string, bytes: Buffer) => Buffer | null | undefined,
): Promise<WirePeer> {
  const server = createServer((socket) =>
    hear(socket, true, ({ type, bytes }) => {
      const said = answer(type, bytes);
      if (said === null) socket.end();
      else if (said !== undefined) socket.write(said);
    }),
  );
  return listening(server, () => null);
}

type Backend = { readonly ask: (query: Buffer) => Promise<Buffer>; readonly end: () => void };

/** One connection to a real server, which lets its superuser in. */
async function backendOf(socket_path: string): Promise<Backend> {
  const socket = connect(socket_path);
  let heard: Buffer[] = [];
  let done: (answer: Buffer) => void = () => null;
  hear(socket, false, ({ type, bytes }) => {
    heard.push(bytes);
    if (type !== 'Z') return;
    const answer = Buffer.concat(heard);
    heard = [];
    done(answer);
  });
  const send = (bytes: Buffer): Promise<Buffer> =>
    new Promise((resolve) => {
      done = resolve;
      socket.write(bytes);
    });
  const startup = Buffer.concat([int(196_608, 4), ...['user', 'postgres', 'database', 'auth', ''].map(text)]);
  await send(Buffer.concat([int(startup.length + 4, 4), startup]));
  return { ask: send, end: () => socket.destroy() };
}

/**
 * A pooler in front of a real server. `lends`: whose connection the next transaction gets, the one that was used last or the one
 * that has waited longest; or each client keeps its own.
 */
export async function pooler(
  socket_path: string,
  lends: 'last_used' | 'in_turns' | 'never',
  size: number,
): Promise<WirePeer> {
  const backends = await Promise.all(Array.from({ length: size }, () => backendOf(socket_path)));
  const idle = [...backends];
  const server = createServer((socket) => {
    let kept: Backend | undefined;
    hear(socket, true, ({ type, bytes }) => {
      if (type === '') socket.write(WELCOME);
      if (type !== 'Q') return;
      const backend = kept ?? (lends === 'last_used' ? idle.pop() : idle.shift());
      if (backend === undefined) throw new Error('the pool is too small for this test');
      if (lends === 'never') kept = backend;
      void backend.ask(bytes).then((answer) => {
        if (lends !== 'never') idle.push(backend);
        socket.write(answer);
      });
    });
  });
  return listening(server, () => {
    for (const backend of backends) backend.end();
  });
}
