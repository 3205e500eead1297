/**
 * The same work done by what a user would pick instead: better-auth on better-sqlite3, Redis, OpenLDAP. Runs only when it
 * is asked for, by `node bench/peers/run.mjs`, which installs better-auth first.
 */
import { execFileSync, fork } from 'node:child_process';
import { once } from 'node:events';
import { existsSync, mkdirSync, mkdtempSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { frameOf, type Bench, type Subject } from '../bench.js';
import { Baseline, freePort, HASH_SLOTS, Load } from '../children.js';
import type { ClosedLoop, Measured, Target } from '../load/commands.js';
import { ROOT } from '../programs.js';
import { tokenOf } from '../seed.js';
import { peopleOf, USUAL_LOG_N } from './sign_in.js';

const ACCOUNTS = 100;
const EMAIL = 'anna@example.test';
const PASSWORD = 'correct horse battery staple';
const SLAPD = '/usr/sbin/slapd';

type Peer = {
  readonly name: string;
  readonly pid: number;
  readonly target: Target;
  readonly request: Uint8Array;
  readonly expect: string;
  readonly connections: number;
};

function pressed(bench: Bench, peer: Peer, measure_ms: number): ClosedLoop {
  return {
    kind: 'closed_loop',
    target: peer.target,
    requests: [peer.request],
    expect: peer.expect,
    connections: peer.connections,
    depth: 1,
    sign_in_with: [],
    warm_ms: bench.ms(700),
    measure_ms: bench.ms(measure_ms),
    cpu_of: peer.pid,
  };
}

/** better-auth in a process of its own; null when it is not installed. */
async function betterAuth(bench: Bench): Promise<{ stop: () => void; check: Peer; sign_in: Peer } | null> {
  const program = join(ROOT, 'bench/peers/better_auth.mjs');
  if (!existsSync(join(ROOT, 'bench/peers/node_modules/better-auth'))) return null;
  const folder = mkdtempSync(join(bench.programs.folder, 'better-auth-'));
  const child = fork(program, [folder, EMAIL, PASSWORD], {
    stdio: ['ignore', 'inherit', 'inherit', 'ipc'],
    env: { ...process.env, NODE_ENV: 'production', UV_THREADPOOL_SIZE: String(HASH_SLOTS + 2) },
  });
  // bench/peers/better_auth.mjs says exactly this, once.
  const [{ port, cookie }] = (await once(child, 'message')) as [{ port: number; cookie: string }];
  const pid = child.pid ?? 0;
  const target: Target = { speaks: 'http', port };
  const host = `Host: 127.0.0.1:${port}\r\n`;
  const body = JSON.stringify({ email: EMAIL, password: PASSWORD });
  return {
    stop: () => child.kill('SIGTERM'),
    check: {
      name: 'better-auth get-session',
      pid,
      target,
      request: Buffer.from(`GET /api/auth/get-session HTTP/1.1\r\n${host}Cookie: ${cookie}\r\n\r\n`),
      expect: EMAIL,
      connections: 64,
    },
    sign_in: {
      name: 'better-auth sign-in',
      pid,
      target,
      request: Buffer.from(
        `POST /api/auth/sign-in/email HTTP/1.1\r\n${host}Origin: http://127.0.0.1\r\n` +
          `Content-Type: application/json\r\nContent-Length: ${Buffer.byteLength(body)}\r\n\r\n${body}`,
      ),
      expect: EMAIL,
      connections: HASH_SLOTS + 2,
    },
  };
}

/** BER: a tag, a length below 128, and the parts. [X.690] */
function ber(tag: number, ...parts: readonly (Buffer | string)[]): Buffer {
  const content = Buffer.concat(parts.map((part) => Buffer.from(part)));
  if (content.length > 127) throw new Error('only short lengths are written here');
  return Buffer.concat([Buffer.from([tag, content.length]), content]);
}

const MESSAGE_ID = Buffer.from([0x02, 0x01, 0x01]);
const LDAP_3 = Buffer.from([0x02, 0x01, 0x03]);

/** A slapd with two people whose passwords are hashed in two ways; null when the machine has none. */
async function openLdap(bench: Bench): Promise<{ baseline: Baseline; peers: readonly Peer[] } | null> {
  if (!existsSync(SLAPD)) return null;
  const folder = mkdtempSync(join(bench.programs.folder, 'slapd-'));
  mkdirSync(join(folder, 'db'));
  const modules = ['modulepath /usr/lib/ldap', 'moduleload back_mdb', 'moduleload argon2'];
  const database = ['database mdb', 'suffix dc=bench', `directory ${join(folder, 'db')}`, 'maxsize 67108864'];
  const config = ['include /etc/ldap/schema/core.schema', ...modules, ...database].join('\n');
  writeFileSync(join(folder, 'slapd.conf'), `${config}\n`);
  const hashed = (args: readonly string[]): string =>
    execFileSync('slappasswd', [...args, '-n', '-s', PASSWORD], { encoding: 'utf8' });
  const hashes = {
    ssha: hashed(['-h', '{SSHA}']),
    argon2: hashed(['-o', 'module-path=/usr/lib/ldap', '-o', 'module-load=argon2', '-h', '{ARGON2}']),
  };
  const person = (name: string, hash: string): string =>
    `dn: cn=${name},dc=bench\nobjectClass: person\ncn: ${name}\nsn: Petrova\nuserPassword: ${hash}\n`;
  const entries = ['dn: dc=bench\nobjectClass: dcObject\nobjectClass: organization\no: bench\ndc: bench\n'];
  entries.push(...Object.entries(hashes).map(([name, hash]) => person(name, hash)));
  writeFileSync(join(folder, 'people.ldif'), entries.join('\n'));
  const files = ['-f', join(folder, 'slapd.conf'), '-l', join(folder, 'people.ldif')];
  execFileSync('/usr/sbin/slapadd', files, { stdio: 'pipe' });
  const port = await freePort();
  const listen = ['-h', `ldap://127.0.0.1:${port}`, '-f', join(folder, 'slapd.conf'), '-d', '0'];
  const baseline = await Baseline.theirs(SLAPD, port, listen);
  await reachable(port);
  const target: Target = { speaks: 'ldap', port };
  const peer = (name: string, request: Buffer, connections: number): Peer => ({
    name,
    pid: baseline.pid,
    target,
    request: ber(0x30, MESSAGE_ID, request),
    expect: '',
    connections,
  });
  const bind = (name: string): Buffer =>
    ber(0x60, LDAP_3, ber(0x04, `cn=${name},dc=bench`), ber(0x80, PASSWORD));
  const compare = ber(0x6e, ber(0x04, 'cn=ssha,dc=bench'), ber(0x30, ber(0x04, 'sn'), ber(0x04, 'Petrova')));
  return {
    baseline,
    peers: [
      peer('OpenLDAP compare', compare, 64),
      peer('OpenLDAP bind, argon2id', bind('argon2'), HASH_SLOTS + 2),
      peer('OpenLDAP bind, salted SHA-1', bind('ssha'), 64),
    ],
  };
}

async function reachable(port: number): Promise<void> {
  for (let tries = 0; tries < 50; tries += 1) {
    try {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.destroy();
      return;
    } catch {
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  throw new Error(`nothing listens on port ${port}`);
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const auth = await betterAuth(bench);
  const ldap = await openLdap(bench);
  if (auth === null) figures.skip('P2', 'better-auth is not installed: node bench/peers/run.mjs installs it');
  if (ldap === null) figures.skip('–', 'no slapd on this machine (apt-get install slapd)');
  await using server = await bench.server({
    data: await bench.seeded(ACCOUNTS, ACCOUNTS, USUAL_LOG_N),
    flags: ['--password-cost', String(USUAL_LOG_N)],
  });
  const verify: Peer = {
    name: 'Portcullis verify_token',
    pid: server.pid,
    target: server.target,
    request: frameOf('verify_token', { token: tokenOf(1) }),
    expect: '"active":true',
    connections: 64,
  };
  const note = (name: string, measured: Measured): void => {
    figures.note(`${name}: rate`, '/s', measured.per_second);
    figures.note(`${name}: CPU`, 'µs', measured.cpu_us);
  };
  try {
    await bench.eachRound('peers', async () => {
      const ours = await bench.measure(pressed(bench, verify, 1_500));
      note(verify.name, ours);
      if (auth !== null) {
        const theirs = await bench.measure(pressed(bench, auth.check, 1_500));
        note(auth.check.name, theirs);
        const more = theirs.cpu_us / ours.cpu_us;
        figures.add('P2', 'verify_token / better-auth, checks for each CPU second', 'x', more, {
          at_least: 30,
        });
      }
      await using load = new Load(bench.programs);
      const { target, pid } = server;
      const signed = await load.measure({
        kind: 'sign_ins',
        target,
        people: peopleOf(HASH_SLOTS + 2),
        warm_ms: bench.ms(500),
        measure_ms: bench.quick ? 2_500 : 4_000,
        cpu_of: pid,
      });
      note(`Portcullis sign-in, scrypt N = 2^${USUAL_LOG_N}`, signed);
      if (auth !== null) note(auth.sign_in.name, await bench.measure(pressed(bench, auth.sign_in, 3_000)));
      for (const peer of ldap?.peers ?? []) note(peer.name, await bench.measure(pressed(bench, peer, 1_500)));
    });
  } finally {
    auth?.stop();
    await ldap?.baseline[Symbol.asyncDispose]();
  }
}

export const peers: Subject = {
  name: 'peers',
  summary: 'P2: what a user would pick instead (only when named; see bench/peers)',
  seconds: 110,
  run,
};
