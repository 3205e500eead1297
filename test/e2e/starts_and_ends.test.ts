/**
 * However the interface is started and whatever ends it: the terminal is as it was, the exit code tells why, and no process
 * is left. Every start against every end, each in a shell that somebody types into.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import { existsSync, mkdtempSync, readdirSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { environmentFor } from '../support/engine.js';
import { SSH_AT_HAND, startSshd, type OwnSshd } from '../support/own_sshd.js';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { startServer, type TestServer } from '../support/server.js';

const ROOT = join(import.meta.dirname, '../..');
const quoted = (text: string): string => `'${text.replaceAll("'", "'\\''")}'`;
const GONE_MS = 10_000;
const LOOK_MS = 50;
const TMUX_AT_HAND = existsSync('/usr/bin/tmux');
/** Its lines are edited by the terminal itself, so what is seen of modes is what the program has left. */
const SHELL = ['/bin/bash', '--norc', '--noprofile', '--noediting', '-i'] as const;
/** The same behind a program that takes a line for a shell, which doesn't pass on what it prompts with. */
const PROMPTING = `PS1='ready> ' exec ${SHELL.join(' ')}`;
/** Where the programs of this Node are, as npx and npm need it. */
const PATH = `${join(process.execPath, '..')}:${process.env['PATH'] ?? ''}`;

/** What a cell runs on. */
type Place = {
  /** Stands in the command line of whatever belongs to the cell. */
  readonly data: string;
  readonly flags: string;
  /** Takes the server away from whoever is connected. */
  readonly stopServer: () => Promise<void>;
};

type Process = { readonly pid: number; readonly words: string };

/** Returns the processes that have a text among their arguments. */
function processesWith(text: string): Process[] {
  // In the order in which they began: numbers begin anew when there are no higher ones.
  return execFileSync('ps', ['-eo', 'pid=,args=', '--sort=start_time'], {
    encoding: 'utf8',
    maxBuffer: 64 * 1024 * 1024,
  })
    .split('\n')
    .filter((line) => line.includes(text))
    .map((line) => ({ pid: Number.parseInt(line, 10), words: line.replace(/^\s*\d+ /, '') }));
}

/** The program itself, which whoever started it only waits for. */
function programOf({ data }: Place): number {
  const found = processesWith(data).filter(({ words }) =>
    /^(?:\S*\/)?node (?:\S*\/)?(?:bin\/auth-tui\.js|\.bin\/auth-tui)/.test(words),
  );
  const last = found.at(-1);
  if (last === undefined) throw new Error('The program does not run.');
  return last.pid;
}

async function noneLeft(text: string): Promise<void> {
  const until = Date.now() + GONE_MS;
  while (processesWith(text).length > 0 && Date.now() < until)
    await new Promise((resolve) => setTimeout(resolve, LOOK_MS));
  expect(processesWith(text)).toEqual([]);
}

type Start = {
  /** How somebody comes to a shell, and where its programs are to be found. */
  readonly shell: (name: string) => readonly [string, ...string[]];
  readonly line: (place: Place) => string;
  /** A server in this process unless it brings one of its own. */
  readonly own_server?: true;
  /** What stands in the way to the terminal, and is what somebody closes. */
  readonly closed?: (program: TerminalProgram, name: string) => void;
  readonly at_hand?: boolean;
};

let sshd: OwnSshd | null = null;
beforeAll(async () => {
  if (SSH_AT_HAND) sshd = await startSshd();
});
afterAll(async () => {
  await sshd?.[Symbol.asyncDispose]();
});

const plainShell = (): typeof SHELL => SHELL;
const bare = ({ flags }: Place): string => `node bin/auth-tui.js ${flags}`;
const tmux = (name: string, ...words: string[]): string[] => ['-L', name, '-f', '/dev/null', ...words];

const STARTS: Readonly<Record<string, Start>> = {
  'node bin/auth-tui.js': { shell: plainShell, line: bare },
  'npx auth-tui': { shell: plainShell, line: ({ flags }) => `npx --no-install auth-tui ${flags}` },
  'npm start': {
    shell: plainShell,
    line: ({ data }) => `npm start --silent -- --port 0 --data ${quoted(data)}`,
    own_server: true,
  },
  'a script that waits': {
    shell: plainShell,
    line: (place) => `sh -c ${quoted(`${bare(place)}; exit $?`)}`,
  },
  'script(1)': {
    shell: (name) => ['script', '-qfec', PROMPTING, join(tmpdir(), `${name}.typescript`)],
    line: bare,
    // It outlives its own terminal and keeps open the one inside it, which is all that the program sees.
    closed: (program) => process.kill(program.pid, 'SIGKILL'),
  },
  ssh: {
    shell: () => ['ssh', '-tt', ...(sshd?.arguments ?? []), PROMPTING],
    line: bare,
    at_hand: SSH_AT_HAND,
  },
  tmux: {
    shell: (name) => ['tmux', ...tmux(name, 'new-session', PROMPTING, ';', 'set', 'status', 'off')],
    line: bare,
    // Closing a window only detaches it: that is what tmux is for.
    closed: (_program, name) => void spawnSync('tmux', tmux(name, 'kill-server')),
    at_hand: TMUX_AT_HAND,
  },
};

type Cell = { readonly program: TerminalProgram; readonly place: Place; readonly start: string };

/** `q` where it is a letter of a field: out of the form first. Then the answer to its question. */
async function quit({ program }: Cell): Promise<void> {
  program.write('\t\t\tq');
  await program.sees('Sign in ');
  await program.sees((text) => !text.includes('Repeat it'));
  program.write('\t\tq');
  await program.sees(/Quit\?|Quitting stops the server/);
  program.write('y');
}

type End = { readonly code: number; readonly end: (cell: Cell) => Promise<void> | void };

const ENDS: Readonly<Record<string, End>> = {
  q: { code: 0, end: quit },
  'Ctrl+C': { code: 0, end: ({ program }) => program.write('\x03\x03') },
  'Ctrl+Z and fg': {
    code: 0,
    end: async (cell) => {
      const { program } = cell;
      program.write('anna');
      await program.sees(/Login\s+anna/);
      program.write('\x1a');
      await program.sees('Stopped');
      // The prompt comes once more when the shell has told.
      await prompt(program);
      await restored(cell, null);
      program.write('clear; fg\n');
      await program.sees(/Login\s+anna/);
      program.write('x');
      await program.sees(/Login\s+annax/);
      // The first takes back what was typed.
      program.write('\x03\x03\x03');
    },
  },
  SIGTERM: { code: 143, end: ({ place }) => void process.kill(programOf(place), 'SIGTERM') },
  SIGHUP: { code: 129, end: ({ place }) => void process.kill(programOf(place), 'SIGHUP') },
  'SIGTERM for whoever started it': {
    code: 143,
    end: async ({ program, place }) => {
      process.kill(processesWith(place.data)[0]?.pid ?? 0, 'SIGTERM');
      // The shell may have prompted on the screen that the program, which notices within a second, then takes away.
      await program.sees((text) => !text.includes('Create an account'));
      program.write('\n');
    },
  },
  'the server gone, then q': {
    code: 0,
    end: async (cell) => {
      await cell.place.stopServer();
      await cell.program.sees(/Next try in \d+ s|Trying again/);
      await quit(cell);
    },
  },
};

const prompt = (program: TerminalProgram): Promise<string> =>
  program.sees((text) => text.trimEnd().endsWith('ready>'));

/** Modes of a terminal that the program sets, and what they have to be afterwards. */
const LEFT: readonly (readonly [on: string, off: string])[] = [
  ['\x1b[?1049h', '\x1b[?1049l'],
  ['\x1b[?25l', '\x1b[?25h'],
  ['\x1b[?7l', '\x1b[?7h'],
  ['\x1b[?2004h', '\x1b[?2004l'],
  ['\x1b[>5u', '\x1b[<u'],
  ...[1000, 1002, 1003, 1004, 1006].map((mode) => [`\x1b[?${mode}h`, `\x1b[?${mode}l`] as const),
];

/** Asserts, from the shell that is there again, how the program ended and what it has left of the terminal. */
async function restored({ program, start }: Cell, code: number | null): Promise<void> {
  const asks_tmux =
    start === 'tmux' ? `tmux display -p '#{alternate_on}#{cursor_flag}#{mouse_any_flag}'` : '';
  program.write(
    `echo "code=$? $(stty -a | grep -owE -e '-?(icanon|echo|isig)' | sort | tr '\\n' ' ')seen=$(${asks_tmux})"\n`,
  );
  const text = await program.sees(/code=\d+ .*seen=/);
  const [, ended, modes, seen] = /code=(\d+) (.*)seen=(\d*)/.exec(text.replaceAll('\n', '')) ?? [];
  if (code !== null) expect(ended).toBe(String(code));
  expect(modes?.trim()).toBe('echo icanon isig');
  if (start === 'tmux') {
    expect(seen).toBe('010');
    return;
  }
  expect(program.alternate()).toBe(false);
  const raw = program.raw();
  for (const [on, off] of LEFT)
    expect([off, raw.lastIndexOf(off) >= raw.lastIndexOf(on)]).toEqual([off, true]);
}

let count = 0;

/** Starts it as somebody does, and waits until its first screen is there. */
async function opened(start: string, place: Place, name: string): Promise<TerminalProgram> {
  const { shell, line, own_server = false } = STARTS[start] ?? { shell: plainShell, line: bare };
  const env = { PS1: 'ready> ', ...(own_server ? environmentFor(place.data) : {}) };
  const program = startTui({ command: shell(name), cols: 120, rows: 40, env });
  await typed(program, line(place), name).catch(async (error: unknown) => {
    await program[Symbol.asyncDispose]();
    throw error;
  });
  return program;
}

/** Types the line into the shell that is there. */
async function typed(program: TerminalProgram, line: string, name: string): Promise<void> {
  await prompt(program);
  const home = mkdtempSync(join(tmpdir(), `${name}-home-`));
  const settings = `cd ${quoted(ROOT)}; export PATH=${quoted(PATH)} XDG_CONFIG_HOME=${quoted(home)} LANG=en_US.UTF-8; clear`;
  program.write(`${settings}\n`);
  await program.sees((text) => /^ready>\s*$/.test(text));
  program.write(`${line}\n`);
  await program.sees('Create an account');
}

async function placeFor(start: string, name: string): Promise<Place & AsyncDisposable> {
  if (STARTS[start]?.own_server !== true) {
    const server: TestServer = await startServer();
    const { host, port, data_folder: data } = server;
    return {
      data,
      flags: `--host ${host} --port ${port} --data ${quoted(data)}`,
      stopServer: () => server.stop(),
      [Symbol.asyncDispose]: () => server[Symbol.asyncDispose](),
    };
  }
  const data = mkdtempSync(join(tmpdir(), `${name}-data-`));
  return {
    data,
    flags: '',
    stopServer: () => {
      const { pid } = JSON.parse(readFileSync(join(data, 'server.json'), 'utf8')) as { pid: number };
      process.kill(pid, 'SIGKILL');
      return Promise.resolve();
    },
    [Symbol.asyncDispose]: () => {
      for (const { pid } of processesWith(data)) process.kill(pid, 'SIGKILL');
      rmSync(data, { recursive: true, force: true });
      return Promise.resolve();
    },
  };
}

/** Runs one cell with all that it needs, and looks that nothing of it is left. */
async function inCell(start: string, act: (cell: Cell, name: string) => Promise<void>): Promise<void> {
  const name = `portcullis-cell-${process.pid}-${(count += 1)}`;
  try {
    await using place = await placeFor(start, name);
    await using program = await opened(start, place, name);
    await act({ program, place, start }, name);
    await noneLeft(place.data);
  } finally {
    if (start === 'tmux') spawnSync('tmux', tmux(name, 'kill-server'), { stdio: 'ignore' });
    for (const path of readdirSync(tmpdir()).filter(
      (one) => one.startsWith(`${name}-`) || one.startsWith(`${name}.`),
    ))
      rmSync(join(tmpdir(), path), { recursive: true, force: true });
  }
}

describe.each(Object.keys(STARTS))('%s', { concurrent: true }, (start) => {
  const here = STARTS[start]?.at_hand !== false;
  test.skipIf(!here).each(Object.entries(ENDS))(
    `%s: the terminal is given back, the exit code tells why, nobody is left${here ? '' : ' (not at hand)'}`,
    async (_way, { code, end }) => {
      await inCell(start, async (cell) => {
        await end(cell);
        await prompt(cell.program);
        await restored(cell, code);
      });
    },
  );
  test.skipIf(!here)(
    `a terminal that is closed takes everything with it${here ? '' : ' (not at hand)'}`,
    async () => {
      await inCell(start, async ({ program, place }, name) => {
        const close = STARTS[start]?.closed;
        if (close === undefined) program.close();
        else close(program, name);
        await noneLeft(place.data);
      });
    },
  );
});

describe('without a terminal', () => {
  test.each(['node bin/auth-tui.js', 'npx --no-install auth-tui'])('%s says so and ends with 64', (line) => {
    const { status, stdout, stderr } = spawnSync('/bin/sh', ['-c', line], {
      cwd: ROOT,
      env: { ...process.env, PATH, LANG: 'en_US.UTF-8' },
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain('The UI needs a terminal');
  });
  test.skipIf(!SSH_AT_HAND)(`ssh without -t${SSH_AT_HAND ? '' : ' (not at hand)'}`, () => {
    const line = `cd ${quoted(ROOT)}; PATH=${quoted(PATH)} LANG=en_US.UTF-8 node bin/auth-tui.js`;
    const { status, stdout, stderr } = spawnSync('ssh', ['-T', ...(sshd?.arguments ?? []), line], {
      stdio: ['ignore', 'pipe', 'pipe'],
      encoding: 'utf8',
    });
    expect([status, stdout]).toEqual([64, '']);
    expect(stderr).toContain('The UI needs a terminal');
  });
  test('npm start runs the server alone, and a signal stops it', async () => {
    const data = mkdtempSync(join(tmpdir(), 'portcullis-cell-'));
    try {
      const line = `npm start --silent -- --port 0 --log-level silent --data ${quoted(data)} > ${quoted(join(data, 'line'))}`;
      const script = `${line} & while ! grep -q ready ${quoted(join(data, 'line'))}; do sleep 0.1; done; kill -TERM $!; wait $!; echo "code=$?"`;
      const { stdout } = spawnSync('/bin/bash', ['-c', script], {
        cwd: ROOT,
        env: { ...process.env, PATH, ...environmentFor(data) },
        stdio: ['ignore', 'pipe', 'inherit'],
        encoding: 'utf8',
        timeout: 30_000,
      });
      expect(stdout).toMatch(/^code=(?:0|143)\n$/);
      await noneLeft(data);
    } finally {
      rmSync(data, { recursive: true, force: true });
    }
  });
});
