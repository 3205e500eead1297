/** Whatever ends the interface, the terminal is as it was: screen, modes, line discipline, and an exit code that tells why. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
/** What a fault in the program would do, and what a terminal that is gone does, on request. */
const PLANTED =
  '--import=data:text/javascript,' +
  encodeURIComponent(
    "process.on('SIGUSR2', () => { throw new Error('planted fault'); });" +
      "process.on('SIGPIPE', () => { process.stdout.emit('error', Object.assign(new Error('write EPIPE'), { code: 'EPIPE' })); });",
  );

const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const commandLine = (server: TestServer): string =>
  [
    process.execPath,
    PLANTED,
    join(ROOT, 'bin/auth-tui.js'),
    '--host',
    server.host,
    '--port',
    String(server.port),
    '--data',
    server.data_folder,
  ]
    .map(quoted)
    .join(' ');

/** The interface under a shell that tells afterwards how it ended and what it left of the line discipline. */
function underShell(server: TestServer): TerminalProgram {
  const script = `stty -a | tr ';' '\\n' | grep -E 'icanon|echo' > /dev/null; ${commandLine(server)}; echo "code=$?"; stty -a | tr '\\n' ' '; echo; echo over; sleep 60`;
  return startTui({ command: ['/bin/sh', '-c', script], cols: 120, rows: 40 });
}

function childOf(pid: number): number {
  const children = readFileSync(`/proc/${pid}/task/${pid}/children`, 'utf8').trim().split(' ');
  const [first = ''] = children;
  if (first === '') throw new Error('no child');
  return Number(first);
}

async function isRestored(program: TerminalProgram, code: number): Promise<void> {
  const text = await program.sees('over');
  expect(text).toContain(`code=${code}`);
  expect(program.alternate()).toBe(false);
  expect(text).toMatch(/(?<!-)\bicanon/);
  expect(text).toMatch(/(?<!-)\becho\b/);
  expect(text).toMatch(/(?<!-)\bisig/);
  const raw = program.raw();
  const left = (mode: string): boolean => raw.lastIndexOf(`\x1b[?${mode}`) >= 0;
  expect(left('1049l') && raw.lastIndexOf('\x1b[?1049l') > raw.lastIndexOf('\x1b[?1049h')).toBe(true);
  expect(raw.lastIndexOf('\x1b[?25h')).toBeGreaterThan(raw.lastIndexOf('\x1b[?25l'));
  expect(raw.lastIndexOf('\x1b[?7h')).toBeGreaterThan(raw.lastIndexOf('\x1b[?7l'));
  expect(raw.lastIndexOf('\x1b[?2004l')).toBeGreaterThan(raw.lastIndexOf('\x1b[?2004h'));
  expect(raw.lastIndexOf('\x1b[<u')).toBeGreaterThan(raw.lastIndexOf('\x1b[>5u'));
}

/** Out of each form's fields first: q is a letter there. From the first screen it goes back, at the root it asks. */
async function quit(program: TerminalProgram): Promise<void> {
  program.write('\t\t\tq');
  await program.sees('Sign in ');
  await program.sees((text) => !text.includes('Repeat it'));
  program.write('\t\tq');
  await program.sees('Quit?');
  program.write('y');
}

const WAYS: readonly (readonly [string, number, (program: TerminalProgram) => void | Promise<void>])[] = [
  [
    'q and y',
    0,
    async (program) => {
      await quit(program);
    },
  ],
  ['Ctrl+C twice', 0, (program) => program.write('\x03\x03')],
  ['SIGTERM', 143, (program) => void process.kill(childOf(program.pid), 'SIGTERM')],
  ['SIGHUP', 129, (program) => void process.kill(childOf(program.pid), 'SIGHUP')],
  ['a throw', 70, (program) => void process.kill(childOf(program.pid), 'SIGUSR2')],
  ['EPIPE', 129, (program) => void process.kill(childOf(program.pid), 'SIGPIPE')],
];

describe('the terminal is given back', () => {
  test.each(WAYS)('%s: exit code %i', async (way, code, leave) => {
    await using server = await startServer();
    await using program = underShell(server);
    await program.sees('Create an account');
    await leave(program);
    await isRestored(program, code);
    if (way === 'a throw') expect(program.text()).toContain('planted fault');
  });

  test('the server gone: the interface stays, says so, and q leaves as ever', async () => {
    const server = await startServer();
    await using program = underShell(server);
    await program.sees('Create an account');
    await server[Symbol.asyncDispose]();
    await program.sees(/Next try in \d+ s|Trying again/);
    expect(program.alternate()).toBe(true);
    await quit(program);
    await isRestored(program, 0);
  });

  // npx is a node that waits for a shell that waits for the program: all of them have to stop.
  test.each([
    ['by itself', (line: string) => line],
    ['under a shell that waits for it', (line: string) => `/bin/sh -c ${quoted(`${line}; exit $?`)}`],
  ])('Ctrl+Z %s gives the shell a clean terminal, fg brings everything back', async (_, started) => {
    await using server = await startServer();
    await using shell = startTui({
      command: ['/bin/bash', '--norc', '--noprofile', '-i'],
      env: { PS1: 'shell> ' },
    });
    await shell.sees('shell>');
    shell.write(`${started(commandLine(server))}\n`);
    await shell.sees('Create an account');
    shell.write('anna');
    await shell.sees(/Login\s+anna/);
    shell.write('\x1a');
    await shell.sees('Stopped');
    expect(shell.alternate()).toBe(false);
    shell.write('stty -a | grep -c -- -icanon; echo is:ready\n');
    // As a line of its own: the shell echoes what is typed, and that comes first.
    await shell.sees(/^is:ready$/m);
    expect(shell.text()).toMatch(/^0$/m);
    shell.write('fg\n');
    await shell.sees(/Login\s+anna/);
    expect(shell.alternate()).toBe(true);
    shell.write('x');
    await shell.sees(/Login\s+annax/);
    shell.write('\x03\x03\x03');
    await shell.sees((text) => text.includes('shell>') && !text.includes('Login'));
    expect(shell.alternate()).toBe(false);
  });
});
