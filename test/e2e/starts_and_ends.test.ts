/**
 * However the interface is started and whatever ends it: the terminal is as it was, the exit code tells why, and no process
 * is left.
 */
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const GONE_MS = 10_000;

/** Returns the processes that have a server's data folder among their arguments. */
function processesOf({ data_folder }: TestServer): number[] {
  return execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\n')
    .filter((line) => line.includes(data_folder))
    .map((line) => Number.parseInt(line, 10));
}

/** The innermost: whoever started it came before. */
function programOf(server: TestServer): number {
  const found = execFileSync('ps', ['-eo', 'pid=,args='], { encoding: 'utf8', maxBuffer: 64 * 1024 * 1024 })
    .split('\n')
    .filter(
      (line) =>
        line.includes(server.data_folder) &&
        /^\s*\d+ (?:\S*\/)?node (?:\S*\/)?(?:bin\/auth-tui\.js|\.bin\/auth-tui)/.test(line),
    );
  const last = found.at(-1);
  if (last === undefined) throw new Error('The program does not run.');
  return Number.parseInt(last, 10);
}

async function noneLeft(server: TestServer): Promise<void> {
  const until = Date.now() + GONE_MS;
  while (processesOf(server).length > 0 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, 50));
  expect(processesOf(server)).toEqual([]);
}

/** Returns the command line of a start; what stands behind the program is the same for all. */
const STARTS: Readonly<Record<string, (flags: string) => string>> = {
  'node bin/auth-tui.js': (flags) => `node bin/auth-tui.js ${flags}`,
  'npx auth-tui': (flags) => `npx --no-install auth-tui ${flags}`,
  'script -qec': (flags) => `script -qec ${quoted(`node bin/auth-tui.js ${flags}`)} /dev/null`,
  'a shell that waits': (flags) => `sh -c ${quoted(`node bin/auth-tui.js ${flags}; exit $?`)}`,
};

const ENDS: Readonly<
  Record<
    string,
    { readonly code: number; readonly end: (program: TerminalProgram, server: TestServer) => void }
  >
> = {
  'Ctrl+C twice': { code: 0, end: (program) => program.write('\x03\x03') },
  SIGTERM: { code: 143, end: (_program, server) => void process.kill(programOf(server), 'SIGTERM') },
  SIGHUP: { code: 129, end: (_program, server) => void process.kill(programOf(server), 'SIGHUP') },
};

/** A start under a shell that tells afterwards how it ended and what it left of the line discipline. */
function started(start: string, server: TestServer): TerminalProgram {
  const flags = ['--host', server.host, '--port', String(server.port), '--data', server.data_folder].join(
    ' ',
  );
  const line = STARTS[start]?.(flags) ?? '';
  // The path to the programs of this Node, as npx needs it.
  const script = `PATH=${quoted(join(process.execPath, '..'))}:$PATH; ${line}; echo "code=$?"; stty -a | tr '\\n' ' '; echo; echo over; exec sleep 60`;
  return startTui({ command: ['/bin/bash', '-c', script], cols: 120, rows: 40 });
}

const cases = Object.keys(STARTS).flatMap((start) => Object.keys(ENDS).map((end) => [start, end] as const));

describe.each(cases)('%s, ended by %s', (start, way) => {
  test('the terminal is given back, the exit code tells why, nobody is left', async () => {
    await using server = await startServer();
    await using program = started(start, server);
    await program.sees('Create an account');
    const { code, end } = ENDS[way] ?? { code: -1, end: () => undefined };
    end(program, server);
    const text = await program.sees('over');
    expect(text).toContain(`code=${code}`);
    expect(program.alternate()).toBe(false);
    for (const mode of ['icanon', 'echo', 'isig']) expect(text).toMatch(new RegExp(`(?<!-)\\b${mode}\\b`));
    await noneLeft(server);
  });
});

// script(1) outlives its own terminal and keeps open the one inside it, which is all that the program sees.
test.each(Object.keys(STARTS).filter((start) => !start.startsWith('script')))(
  '%s: a terminal that is closed takes everything with it',
  async (start) => {
    await using server = await startServer();
    {
      await using program = started(start, server);
      await program.sees('Create an account');
      program.kill('SIGHUP');
      await program.exited;
    }
    await noneLeft(server);
  },
);

test('without a terminal it says so and ends with 64', () => {
  try {
    execFileSync(process.execPath, ['bin/auth-tui.js'], { cwd: ROOT, stdio: ['ignore', 'pipe', 'pipe'] });
    expect.unreachable();
  } catch (error) {
    expect(error).toMatchObject({ status: 64, stderr: expect.any(Buffer) });
  }
});
