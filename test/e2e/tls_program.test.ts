/** The built program with TLS: what it prints, where the secret goes, and a client that trusts an authority. */
import { spawn, type ChildProcess } from 'node:child_process';
import { execFile } from 'node:child_process';
import { existsSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { promisify } from 'node:util';
import { spawn as spawnPty } from 'node-pty';
import { describe, expect, test } from 'vitest';
import { Client } from '../../src/client/client.js';
import { formatConnectionString, readLocalConnectionString } from '../../src/client/index.js';
import { makeCertificate } from '../support/certificates.js';
import { environmentFor, onSqlite } from '../support/engine.js';
import { startServer, temporaryFolder } from '../support/server.js';

const root = join(import.meta.dirname, '../..');
const PROGRAM = join(root, 'bin/auth-server.js');
const run = promisify(execFile);

type Program = {
  readonly child: ChildProcess;
  readonly ready: Promise<unknown>;
  readonly stderr: () => string;
};

function start(folder: string, ...options: string[]): Program {
  const child = spawn(process.execPath, [PROGRAM, '--port', '0', '--data', folder, ...options], {
    env: { ...process.env, ...environmentFor(folder) },
  });
  let stderr = '';
  child.stderr.on('data', (chunk: Buffer) => (stderr += chunk.toString()));
  const ready = new Promise<unknown>((resolve, reject) => {
    createInterface({ input: child.stdout }).once('line', (line) => resolve(JSON.parse(line)));
    child.once('exit', () => reject(new Error(stderr)));
  });
  return { child, ready, stderr: () => stderr };
}

async function stop({ child }: Program): Promise<void> {
  const gone = new Promise((resolve) => child.once('exit', resolve));
  child.kill('SIGTERM');
  await gone;
}

describe('auth-server', () => {
  test('the ready line names TLS and the pin; the key is in one file and nowhere else', async () => {
    const folder = temporaryFolder();
    const program = start(folder, '--tls', 'on', '--log-level', 'debug');
    const ready = await program.ready;
    const address = readLocalConnectionString(folder);
    expect(ready).toMatchObject({ ready: true, tls: true, pin: address?.pin, port: address?.port });
    const client = new Client({ address: address! });
    await client.ready();
    await client.close();
    await stop(program);
    const secret = address!.key.key.toString('base64url');
    expect(JSON.stringify(ready) + program.stderr()).not.toContain(secret);
    expect(program.stderr()).toContain('connection_string');
    expect(readFileSync(join(folder, 'connection_string'), 'utf8')).toContain(secret);
    expect(existsSync(join(folder, 'portcullis.db'))).toBe(onSqlite('its file'));
    rmSync(folder, { recursive: true });
  });

  test('without TLS the ready line says so', async () => {
    const folder = temporaryFolder();
    const program = start(folder);
    expect(await program.ready).toMatchObject({ ready: true, tls: false, pin: null });
    await stop(program);
    rmSync(folder, { recursive: true });
  });

  test('in a terminal the connection string is shown to whoever started the server', async () => {
    const folder = temporaryFolder();
    const terminal = spawnPty(process.execPath, [PROGRAM, '--port', '0', '--data', folder, '--tls', 'on'], {
      cols: 400,
      rows: 50,
      env: { ...process.env, ...environmentFor(folder) },
    });
    const shown = new Promise<string>((resolve) => {
      let text = '';
      terminal.onData((data) => {
        text += data;
        if (/portcullis:\/\/\S+pin=sha256-\S{43}\s/.test(text)) resolve(text);
      });
    });
    const gone = new Promise<void>((resolve) => terminal.onExit(() => resolve()));
    expect(await shown).toContain(formatConnectionString(readLocalConnectionString(folder)!));
    terminal.kill('SIGTERM');
    await gone;
    rmSync(folder, { recursive: true });
  });

  test.each<[string, readonly string[], RegExp]>([
    [
      'a certificate that is not there',
      ['--tls-cert', '/none', '--tls-key', '/none'],
      /There is no certificate/,
    ],
    ['a certificate without its key', ['--tls-cert', '/none'], /belong together/],
    ['plain in too few words', ['--insecure-plain', 'yes'], /everyone-may-read-the-passwords/],
    ['TLS off', ['--host', '0.0.0.0', '--tls', 'off'], /it takes `auto` or `on`/],
  ])('%s: one sentence and exit code 64', async (_what, options, sentence) => {
    const folder = temporaryFolder();
    const words = ['--port', '0', '--log-level', 'silent', '--data', folder, ...options];
    const outcome = run(process.execPath, [PROGRAM, ...words], {
      env: { ...process.env, ...environmentFor(folder) },
    });
    await expect(outcome).rejects.toMatchObject({
      code: 64,
      stdout: '',
      stderr: expect.stringMatching(sentence) as string,
    });
    const { stderr } = await outcome.catch((error: unknown) => error as { stderr: string });
    expect(stderr.trim().split('\n')).toHaveLength(1);
    rmSync(folder, { recursive: true });
  });
});

describe('TLS without a pin', () => {
  /** Says what becomes of connecting, from a process that trusts the authority in `trusted`. */
  async function outcomeOf(connection_string: string, trusted: string): Promise<string> {
    const script = `
      import { connect, parseConnectionString } from ${JSON.stringify(join(root, 'dist/client.js'))};
      const client = connect({ address: parseConnectionString(process.env.TARGET), reconnect: false });
      try { await client.ready(); console.log('connected'); } catch (error) { console.log(error.code, error.message); }
      await client.close();`;
    const { stdout } = await run(process.execPath, ['--input-type=module', '-e', script], {
      env: { ...process.env, NODE_EXTRA_CA_CERTS: trusted, TARGET: connection_string },
    });
    return stdout.trim();
  }

  test('believes an authority about the host in the address, and only about that one', async () => {
    const folder = temporaryFolder();
    const file = (name: string, text: string): string => {
      writeFileSync(join(folder, name), text);
      return join(folder, name);
    };
    const authority = await makeCertificate();
    const own = await makeCertificate({ issuer: authority, hosts: ['localhost'] });
    const trusted = file('authority.pem', authority.certificate);
    const flags = { 'tls-cert': file('own.crt', own.certificate), 'tls-key': file('own.key', own.key) };
    await using server = await startServer({ flags });
    const at = (host: string): string => formatConnectionString({ ...server.address, host, pin: null });

    expect(at('localhost')).toContain('&tls=ca');
    expect(await outcomeOf(at('localhost'), trusted)).toBe('connected');
    expect(await outcomeOf(at('127.0.0.1'), trusted)).toMatch(
      /^server_not_genuine .* is for another host\.$/,
    );
    expect(await outcomeOf(at('localhost'), '')).toMatch(/^server_not_genuine .* not signed by an authority/);
    rmSync(folder, { recursive: true });
  });
});
