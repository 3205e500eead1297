/** What an idle connection takes in memory, and what people leave on the disk: the figures of docs/capacity.md. Long form only. */
import { readFileSync, rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { startLimited } from '../support/built_server.js';
import { openFile } from '../support/database.js';
import { onSqlite } from '../support/engine.js';
import { descriptorsOf, LONG, printFigures, rssMiB, until } from '../support/drill.js';
import { RawPeer, registered, resumed, type Reachable } from '../support/raw_peer.js';
import { temporaryFolder } from '../support/server.js';
import { tlsPeer } from '../support/tls_peer.js';

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

const hard = Number(/Max open files\s+\d+\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1]);

/** CPU seconds that a process has used, all its threads. */
function cpuSeconds(pid: number): number {
  const [, rest = ''] = readFileSync(`/proc/${pid}/stat`, 'utf8').split(') ');
  const fields = rest.split(' ');
  // utime and stime, in hundredths of a second.
  return (Number(fields[11]) + Number(fields[12])) / 100;
}

async function overTls(server: Reachable): Promise<RawPeer> {
  const { peer, binding } = await tlsPeer(server);
  await peer.handshake(server.address.key, binding);
  return peer;
}

test.runIf(LONG).each(['plain', 'TLS'])('memory of an idle connection, %s', async (channel) => {
  const flags = ['--connections-per-address', '100000', ...(channel === 'TLS' ? ['--tls', 'on'] : [])];
  await using program = startLimited('ulimit -n $(ulimit -Hn)', data, ...flags);
  const server = await program.ready();
  const first = channel === 'TLS' ? await overTls(server) : await RawPeer.handshaken(server);
  const { session_token } = await first.call('register', {
    user: { account_name: 'anna', password: 'correct horse battery staple' },
  });
  const open = async (): Promise<RawPeer> => {
    if (channel === 'plain') return resumed(server, session_token);
    const peer = await overTls(server);
    await peer.call('resume', { session_token });
    return peer;
  };
  const more = async (peers: RawPeer[], count: number): Promise<void> => {
    while (peers.length < count) peers.push(...(await Promise.all(Array.from({ length: 25 }, open))));
  };
  // Code is compiled and pools are filled before anything is counted.
  const warm: RawPeer[] = [];
  await more(warm, 200);
  for (const { socket } of warm) socket.destroy();
  await until('they are gone', () => descriptorsOf(program.pid) < 100);
  await sleep(2_000);
  const before = rssMiB(program.pid);
  const peers: RawPeer[] = [];
  const figures: Record<string, string> = {};
  for (const count of [1_000, Math.min(10_000, hard - 500)]) {
    await more(peers, count);
    const cpuBefore = cpuSeconds(program.pid);
    await sleep(5_000);
    figures[`CPU percent at ${count}, idle`] = (((cpuSeconds(program.pid) - cpuBefore) / 5) * 100).toFixed(1);
    figures[`KiB each at ${count}`] = (((rssMiB(program.pid) - before) * 1024) / count).toFixed(1);
  }
  printFigures(`memory of an idle connection, signed in, ${channel}`, figures);
  for (const { socket } of [...peers, first]) socket.destroy();
  expect(program.child.exitCode).toBeNull();
});

test.runIf(LONG && onSqlite('it is its file that grows'))(
  'disk of an account, a sign-in and a refresh',
  async () => {
    await using program = startLimited(':', data, '--sessions-max', '500');
    const server = await program.ready();
    const sizes = (): number => {
      using db = openFile(data);
      db.pragma('wal_checkpoint(PASSIVE)');
      return db.prepare<[], number>('SELECT sum(pgsize) FROM dbstat').pluck().get() ?? 0;
    };
    const count = 200;
    const figures: Record<string, number> = {};
    const measure = async (
      what: string,
      times: number,
      work: (n: number) => Promise<unknown>,
    ): Promise<void> => {
      const before = sizes();
      for (let n = 0; n < times; n += 1) await work(n);
      figures[`bytes of ${what}`] = Math.round((sizes() - before) / times);
    };
    await measure('a registration with its session', count, async (n) => {
      await using one = await registered(server, `person.n${n}`, {}, { email: `person.n${n}@example.test` });
      return one;
    });
    await using anna = await registered(server, 'anna');
    await measure('a sign-in', count, async () => {
      await using peer = await RawPeer.handshaken(server);
      await peer.call('authenticate', {
        user: { account_name: 'anna', password: 'correct horse battery staple' },
      });
    });
    await using other = await RawPeer.handshaken(server);
    let { refresh_token } = await other.call('authenticate', {
      user: { account_name: 'anna', password: 'correct horse battery staple' },
    });
    await measure('a refresh', count * 10, async () => {
      ({ refresh_token } = await other.call('refresh', { refresh_token }));
    });
    await measure('a changed profile', count * 10, async (n) =>
      anna.peer.call('update_profile', { changes: { bio: `version ${n}` } }),
    );
    printFigures('disk', figures);
  },
);
