/** `npm start` in a terminal: quitting stops its server, or leaves it running on request; a second start opens the UI of that one. */
import { afterEach, expect, test } from 'vitest';
import { existsSync, mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { environmentFor, onSqlite } from '../support/engine.js';
import { startTui, type TerminalProgram } from '../support/pty.js';

const SCRIPT = join(import.meta.dirname, '../../scripts/start.mjs');
const made: string[] = [];
const pids: number[] = [];
afterEach(() => {
  for (const pid of pids.splice(0)) {
    try {
      process.kill(pid, 'SIGTERM');
    } catch {
      // It has ended, as it should.
    }
  }
  for (const path of made.splice(0)) rmSync(path, { recursive: true, force: true });
});

const start = (data: string, more: readonly string[] = []): TerminalProgram =>
  startTui({ command: [process.execPath, SCRIPT, '--data', data, ...more], args: [], cols: 100 });

const pidOf = (data: string): number =>
  (JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as { pid: number }).pid;

function lives(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch {
    return false;
  }
}

test('leaving it running outlives the terminal; the next start opens its UI and stops nothing', async () => {
  const data = join(mkdtempSync(join(tmpdir(), 'portcullis-start-')), 'data');
  made.push(join(data, '..'));
  let pid: number;
  {
    await using first = start(data, ['--port', '0']);
    await first.sees('Create an account');
    pid = pidOf(data);
    pids.push(pid);
    first.write('\x1b');
    await first.sees('Sign in');
    first.write('\x1bOP');
    await first.sees('Keys here');
    first.write('\x1b');
    first.write('\x10q\r');
    await first.sees('Quitting stops the server');
    await first.sees('Others may be using it.');
    first.write('l');
    await first.sees(new RegExp(`pid ${pid}`));
    await first.sees(new RegExp(`kill ${pid}`));
    expect(await first.exited).toBe(0);
  }
  expect(lives(pid)).toBe(true);
  {
    await using second = start(data);
    await second.sees('Create an account');
    expect(pidOf(data)).toBe(pid);
    second.write('\x03\x03\x03');
    await second.exited;
  }
  expect(lives(pid)).toBe(true);
}, 60_000);

test('y stops it', async () => {
  const data = join(mkdtempSync(join(tmpdir(), 'portcullis-start-')), 'data');
  made.push(join(data, '..'));
  await using first = start(data, ['--port', '0']);
  await first.sees('Create an account');
  const pid = pidOf(data);
  pids.push(pid);
  first.write('\x1b');
  await first.sees('Sign in');
  first.write('\x10q\r');
  await first.sees('Quitting stops the server');
  first.write('y');
  expect(await first.exited).toBe(0);
  expect(lives(pid)).toBe(false);
  expect(existsSync(join(data, 'portcullis.db'))).toBe(onSqlite('its file'));
}, 60_000);

test('a mistyped option is refused before anything is made; help is shown, and a command does its work', async () => {
  const data = join(mkdtempSync(join(tmpdir(), 'portcullis-start-')), 'data');
  made.push(join(data, '..'));
  // What nothing is made in, on whatever engine.
  environmentFor(data, { empty: true });
  await using mistyped = start(data, ['--prot', '0']);
  await mistyped.sees('Did you mean --port?');
  expect(await mistyped.exited).toBe(64);
  expect(existsSync(data)).toBe(false);
  await using help = start(data, ['--help']);
  await help.sees('Open the UI beside it with: auth-tui');
  expect(await help.exited).toBe(0);
  await using listed = start(data, ['client', 'list']);
  await listed.sees('The server did not start');
  expect(await listed.exited).toBe(69);
}, 60_000);
