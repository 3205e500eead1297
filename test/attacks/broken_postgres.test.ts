/**
 * What answers at the address of the database is broken, or somebody else: a start ends with a sentence, in time, at whatever stage
 * it happens; a server that runs refuses in time, and goes on by itself when the database is itself again.
 */
import { once } from 'node:events';
import { connect, createServer, type AddressInfo, type Socket } from 'node:net';
import { setTimeout as sleep } from 'node:timers/promises';
import { describe, expect, test, vi } from 'vitest';
import { systemClock } from '../../src/server/runtime/index.js';
import { readDatabaseUrl, Store, StoreOpenError } from '../../src/server/store/index.js';
import { onSqlite } from '../support/engine.js';
import { freshDatabase, postgresAvailable } from '../support/fresh_database.js';
import { authenticated, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, WRITER_THREADS } from '../support/server.js';

const SECRET = 'MARKER-secret';
const GARBAGE = Buffer.from('HTTP/1.1 400 Bad Request\r\n\r\n'.repeat(40));
/** ReadyForQuery, before anybody was let in. */
const READY = Buffer.from([0x5a, 0, 0, 0, 5, 0x49]);
/** AuthenticationOk. */
const LET_IN = Buffer.from([0x52, 0, 0, 0, 8, 0, 0, 0, 0]);
/** A message that says it has two gigabytes, and a little of it. */
const ENDLESS = Buffer.concat([Buffer.from([0x44, 0x7f, 0xff, 0xff, 0xff]), Buffer.alloc(1_000)]);
/** A row that nobody has asked for. */
const UNASKED = Buffer.from([0x44, 0, 0, 0, 6, 0, 0]);

type Fault = (socket: Socket) => void;
const say =
  (...parts: readonly Buffer[]): Fault =>
  (socket) =>
    void socket.write(Buffer.concat(parts));
const drip =
  (text: Buffer): Fault =>
  (socket) => {
    void (async () => {
      for (const byte of text) {
        if (socket.destroyed) return;
        socket.write(Buffer.from([byte]));
        await sleep(300);
      }
    })();
  };

const FAULTS: Readonly<Record<string, Fault>> = {
  'closes at once': (socket) => void socket.destroy(),
  'says nothing': () => undefined,
  'says something else': say(GARBAGE),
  'says a byte now and then': drip(Buffer.concat([LET_IN, LET_IN, LET_IN, LET_IN])),
  'is ready before it has let anybody in': say(READY, READY),
  'closes once it has let us in': (socket) => void socket.end(LET_IN),
  'is ready, and says nothing more': say(LET_IN, READY),
  'is ready, and gives what nobody asked for': say(LET_IN, READY, UNASKED, UNASKED, READY),
  'is ready, and begins a message without end': say(LET_IN, READY, ENDLESS),
  'is ready, and says something else': say(LET_IN, READY, GARBAGE),
};

describe.runIf(onSqlite('the engine is the one of the test'))('a start', () => {
  test.concurrent.each(Object.entries(FAULTS))('where it %s', { timeout: 60_000 }, async (_what, fault) => {
    const server = createServer((socket) => {
      socket.on('error', () => undefined);
      socket.once('data', () => fault(socket));
    }).listen(0, '127.0.0.1');
    await once(server, 'listening');
    const { port } = server.address() as AddressInfo;
    const read = readDatabaseUrl(`postgres://app:${SECRET}@127.0.0.1:${port}/auth`);
    if (!('address' in read)) throw new Error(read.fault);
    const opened: unknown = await Store.openPostgres(read.address, WRITER_THREADS, systemClock).catch(
      (error: unknown) => error,
    );
    server.close();
    expect(opened).toBeInstanceOf(StoreOpenError);
    expect((opened as StoreOpenError).message).toMatch(/\.$/);
    expect((opened as StoreOpenError).message).not.toContain(SECRET);
  });
});

/** What becomes of a line in the middle of its life. */
const LATER: Readonly<Record<string, Fault>> = {
  'closes every line': FAULTS['closes at once'] ?? say(),
  'says nothing more': say(),
  'says something else': say(GARBAGE),
  'says a byte now and then': drip(GARBAGE),
  'gives what nobody asked for': say(UNASKED, READY),
  'begins a message without end': say(ENDLESS),
};

describe.runIf(onSqlite('it names its own PostgreSQL') && postgresAvailable())('a server that runs', () => {
  test.concurrent.each(Object.entries(LATER))('while it %s', { timeout: 120_000 }, async (_what, fault) => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    const target = { host: url.hostname, port: Number(url.port) };
    const lines = new Set<Socket>();
    let broken = false;
    const proxy = createServer((client) => {
      client.on('error', () => undefined);
      if (broken) {
        client.once('data', () => fault(client));
        return;
      }
      const server = connect(target);
      server.on('error', () => undefined);
      lines.add(client);
      client.on('data', (chunk) => (broken ? null : server.write(chunk)));
      server.on('data', (chunk) => (broken ? null : client.write(chunk)));
      client.on('close', () => server.destroy());
      server.on('close', () => client.destroy());
    }).listen(0, '127.0.0.1');
    await once(proxy, 'listening');
    url.port = String((proxy.address() as AddressInfo).port);
    {
      await using server = await startServer({ database: url.href });
      await using anna = await registered(server, 'anna');
      broken = true;
      for (const line of lines) fault(line);
      await vi.waitFor(
        async () => {
          const reply = await anna.peer.ask('update_profile', { changes: { bio: 'x' } });
          expect(reply).toMatchObject({
            code: expect.stringMatching(/^(storage_unavailable|outcome_unknown)$/),
          });
        },
        { timeout: 30_000, interval: 50 },
      );
      for (const action of ['get_profile', 'list_sessions'] as const)
        expect(await anna.peer.ask(action)).toMatchObject({ code: 'storage_unavailable' });
      broken = false;
      await vi.waitFor(
        async () => {
          await anna.peer.call('update_profile', { changes: { bio: 'again' } });
          await using _late = await authenticated(server, 'anna');
          await using stranger = await RawPeer.handshaken(server);
          await stranger.call('server_info');
        },
        { timeout: 30_000, interval: 50 },
      );
    }
    for (const line of lines) line.destroy();
    proxy.close();
  });
});
