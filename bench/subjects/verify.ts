/** P1, P2 and the first half of P7: what a check of a token costs, against the least that it could cost. */
import { execFileSync } from 'node:child_process';
import { once } from 'node:events';
import { mkdtempSync, readFileSync, writeFileSync } from 'node:fs';
import { connect } from 'node:net';
import { join } from 'node:path';
import { frameOf, type Bench, type Subject } from '../bench.js';
import { Baseline, freePort } from '../children.js';
import type { ClosedLoop, Measured, Target } from '../load/commands.js';
import { converse } from '../load/gate.js';
import { accountOf, PASSWORD, tokenOf } from '../seed.js';

const CONNECTIONS = 64;
const TOKENS = 1_000;

type Variant = {
  readonly name: string;
  readonly target: Target;
  readonly pid: number;
  readonly requests: readonly Uint8Array[];
  readonly expect: string;
};

/** A redis-server without a disk, holding answers as large as ours; null when the machine has none. */
async function redis(
  bench: Bench,
  tokens: readonly string[],
): Promise<{ baseline: Baseline; variant: Variant } | null> {
  try {
    execFileSync('redis-server', ['--version'], { stdio: 'pipe' });
  } catch {
    return null;
  }
  const port = await freePort();
  const folder = mkdtempSync(join(bench.programs.folder, 'redis-'));
  const args = [
    '--port',
    String(port),
    '--bind',
    '127.0.0.1',
    '--dir',
    folder,
    '--save',
    '',
    '--appendonly',
    'no',
  ];
  const baseline = await Baseline.theirs('redis-server', port, args);
  const value = JSON.stringify({ account_id: accountOf(1).account_id, session: 'x'.repeat(220) });
  const bulk = (text: string): string => `$${Buffer.byteLength(text)}\r\n${text}\r\n`;
  const all = tokens.map((token) => `*3\r\n${bulk('SET')}${bulk(token)}${bulk(value)}`).join('');
  for (let tries = 0; ; tries += 1) {
    try {
      const socket = connect(port, '127.0.0.1');
      await once(socket, 'connect');
      socket.write(all);
      await once(socket, 'data');
      await new Promise((resolve) => setTimeout(resolve, 200));
      socket.destroy();
      break;
    } catch (error) {
      if (tries > 50) throw error;
      await new Promise((resolve) => setTimeout(resolve, 100));
    }
  }
  const requests = tokens.map((token) => Buffer.from(`*2\r\n${bulk('GET')}${bulk(token)}`));
  return {
    baseline,
    variant: {
      name: 'Redis GET',
      target: { speaks: 'resp', port },
      pid: baseline.pid,
      requests,
      expect: 'session',
    },
  };
}

/** A self-signed certificate, made by the server itself in its data folder; copied for the baseline. */
function certificateFor(bench: Bench, data: string): string {
  const folder = mkdtempSync(join(bench.programs.folder, 'certificate-'));
  for (const [from, to] of CERTIFICATE_FILES) writeFileSync(join(folder, to), readFileSync(join(data, from)));
  return folder;
}
const CERTIFICATE_FILES = [
  ['tls_cert.pem', 'certificate.pem'],
  ['tls_key.pem', 'key.pem'],
] as const;

async function accessToken(target: Target): Promise<string> {
  const talk = await converse(target, null);
  const user = { account_name: accountOf(1).account_name, password: PASSWORD };
  const reply = await talk.ask('authenticate', { user });
  talk.socket.destroy();
  const result = reply['result'];
  if (typeof result === 'object' && result !== null && 'access_token' in result)
    return String(result.access_token);
  throw new Error(`no access token: ${JSON.stringify(reply['code'])}`);
}

function pressed(bench: Bench, one: Variant, depth: number, measure_ms: number): ClosedLoop {
  return {
    kind: 'closed_loop',
    target: one.target,
    requests: one.requests,
    expect: one.expect,
    connections: CONNECTIONS,
    depth,
    sign_in_with: [],
    warm_ms: bench.ms(400),
    measure_ms: bench.ms(measure_ms),
    cpu_of: one.pid,
  };
}

async function run(bench: Bench): Promise<void> {
  const { figures } = bench;
  const data = await bench.seeded(TOKENS, TOKENS);
  await using plain = await bench.server({ data });
  await using secure = await bench.server({
    data: await bench.seeded(TOKENS, TOKENS),
    flags: ['--tls', 'on'],
  });
  await using bare = await Baseline.ours(bench.programs.frames);
  await using bareTls = await Baseline.ours(bench.programs.frames, [
    '--tls',
    certificateFor(bench, secure.data),
  ]);
  const tokens = Array.from({ length: TOKENS }, (_, number) => tokenOf(number));
  const requests = tokens.map((token) => frameOf('verify_token', { token }));
  const access = [frameOf('verify_token', { token: await accessToken(plain.target) })];
  const cache = await redis(bench, tokens);
  if (cache === null) figures.skip('P2', 'no redis-server on this machine (apt-get install redis-server)');
  const expect = '"active":true';
  const ofAccessToken: Variant = {
    name: 'verify_token of an access token',
    target: plain.target,
    pid: plain.pid,
    requests: access,
    expect: '"kind":"access"',
  };
  const asks = (name: string, sent: readonly Uint8Array[]): Variant => ({
    name,
    target: plain.target,
    pid: plain.pid,
    requests: sent,
    expect: '"held":true',
  });
  const permission = 'write';
  const accounts = Array.from({ length: TOKENS }, (_, number) => accountOf(number).account_id);
  const ofTokens = asks(
    'check_permission of a session token',
    tokens.map((token) => frameOf('check_permission', { questions: [{ token, permission }] })),
  );
  const ofAccounts = asks(
    'check_permission of an account',
    accounts.map((account_id) => frameOf('check_permission', { questions: [{ account_id, permission }] })),
  );
  const ofAll = asks('check_permission, 1,000 accounts at once', [
    frameOf('check_permission', { questions: accounts.map((account_id) => ({ account_id, permission })) }),
  ]);
  const variant = (name: string, target: Target, pid: number, sent = requests): Variant => ({
    name,
    target,
    pid,
    requests: sent,
    expect,
  });
  const variants: Variant[] = [
    variant('bare framed JSON', { speaks: 'frames', port: bare.port, tls: false }, bare.pid),
    variant('verify_token', plain.target, plain.pid),
    ofTokens,
    ofAccounts,
    variant('verify_token over TLS', secure.target, secure.pid),
    ...(cache === null ? [] : [cache.variant]),
    variant('bare framed JSON over TLS', { speaks: 'frames', port: bareTls.port, tls: true }, bareTls.pid),
  ];
  try {
    bench.show('verify, warming up', 0);
    // What is measured is a server that has been up for a while: its code is compiled.
    if (!bench.quick) for (const one of variants) await bench.measure(pressed(bench, one, 16, 1_500));
    await bench.eachRound('verify', async () => {
      for (const depth of [1, 16]) {
        const found = new Map<string, Measured>();
        for (const one of variants) {
          const measured = await bench.measure(pressed(bench, one, depth, 1_200));
          found.set(one.name, measured);
          const how = depth === 1 ? 'one at a time' : `${depth} deep`;
          figures.note(`${one.name}, ${how}: rate`, '/s', measured.per_second);
          figures.note(`${one.name}, ${how}: server CPU`, 'µs', measured.cpu_us);
        }
        compare(bench, found, depth);
      }
      const signed = await bench.measure(pressed(bench, ofAccessToken, 1, 800));
      figures.note(
        'verify_token of an access token (Ed25519), one at a time: server CPU',
        'µs',
        signed.cpu_us,
      );
      // Signed in, because everybody's key of this machine takes no frame of such a size before.
      const many = await bench.measure({
        ...pressed(bench, ofAll, 1, 800),
        connections: 1,
        sign_in_with: [tokens[0] ?? ''],
      });
      figures.add('–', `${ofAll.name}: server CPU`, 'ms', many.cpu_us / 1_000, { at_most: 5 });
    });
  } finally {
    await cache?.baseline[Symbol.asyncDispose]();
  }
}

function compare({ figures }: Bench, found: ReadonlyMap<string, Measured>, depth: number): void {
  const verify = found.get('verify_token');
  const bare = found.get('bare framed JSON');
  const secure = found.get('verify_token over TLS');
  const cache = found.get('Redis GET');
  if (verify === undefined || bare === undefined || secure === undefined) return;
  const how = depth === 1 ? 'one at a time' : `${depth} deep`;
  const rate = { at_least: depth === 1 ? 0.85 : 0.7 };
  figures.add('P1', `verify_token / bare, rate, ${how}`, 'x', verify.per_second / bare.per_second, rate);
  figures.add(
    'P1',
    `verify_token / bare, for each CPU second, ${how}`,
    'x',
    bare.cpu_us / verify.cpu_us,
    rate,
  );
  if (cache !== undefined) {
    const limit = { at_most: depth === 1 ? 1.8 : 3 };
    figures.add('P2', `verify_token / Redis GET, CPU, ${how}`, 'x', verify.cpu_us / cache.cpu_us, limit);
  }
  for (const [name, measured] of found)
    if (name.startsWith('check_permission'))
      figures.add('–', `${name} / verify_token, CPU, ${how}`, 'x', measured.cpu_us / verify.cpu_us, {
        at_most: 1.3,
      });
  const tls = { at_least: 0.7 };
  figures.add(
    'P7',
    `TLS / plain verify_token, rate, ${how}`,
    'x',
    secure.per_second / verify.per_second,
    tls,
  );
  figures.note(`TLS / plain verify_token, for each CPU second, ${how}`, 'x', verify.cpu_us / secure.cpu_us);
}

export const verify: Subject = {
  name: 'verify',
  summary: 'P1, P2, P7: checks of tokens against bare framed JSON, Redis and TLS',
  seconds: 110,
  run,
};
