import { EventEmitter } from 'node:events';
import { mkdtempSync, readFileSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';
import pty from 'node-pty';
import { afterAll, beforeAll, describe, expect, it, vi } from 'vitest';
import { Terminal } from '../../../src/tui/terminal/index.js';

const ENTER = '\x1b[?1049h\x1b[?7l\x1b[?25l\x1b[?2004h';
const LEAVE = '\x1b[?2026l\x1b[0m\x1b[?2004l\x1b[?7h\x1b[?25h\x1b[?1049l';

class FakeStream extends EventEmitter {
  columns = 80;
  rows = 24;
  written = '';
  raw: boolean[] = [];
  broken = false;
  write(data: string): boolean {
    if (this.broken) throw new Error('write after end');
    this.written += data;
    return true;
  }
  setRawMode(raw: boolean): void {
    this.raw.push(raw);
  }
  resume(): void {
    this.emit('resumed');
  }
  pause(): void {
    this.emit('paused');
  }
}

class FakeProcess extends EventEmitter {
  pid = 42;
  parent_pid = 41;
  parent(): number {
    return this.parent_pid;
  }
  log: string[] = [];
  kill(pid: number, signal: string): void {
    this.log.push(`kill ${pid} ${signal}`);
  }
  exit(code: number): void {
    this.log.push(`exit ${code}`);
  }
  printError(text: string): void {
    this.log.push(`error ${text.split('\n')[0] ?? ''}`);
  }
}

function setUp(extra: { mouse?: boolean; focus?: boolean; kitty?: boolean } = {}) {
  const stdin = new FakeStream();
  const stdout = new FakeStream();
  const proc = new FakeProcess();
  const heard: string[] = [];
  const terminal = new Terminal({
    stdin,
    stdout,
    process: proc,
    onInput: (chunk) => heard.push(`input ${String(chunk)}`),
    onResize: ({ columns, rows }) => heard.push(`size ${columns}x${rows}`),
    onResume: () => heard.push('resume'),
    onExit: (code) => heard.push(`exit ${code}`),
    ...extra,
  });
  terminal.start();
  return { stdin, stdout, proc, heard, terminal };
}

describe('Terminal, with fakes', () => {
  it.each([
    ['SIGTERM', 143],
    ['SIGHUP', 129],
    ['SIGINT', 130],
  ])('%s gives the tty back and ends the program as it would have', (signal, code) => {
    const { stdin, stdout, proc, heard } = setUp();
    proc.emit(signal);
    proc.emit('exit');
    expect(stdout.written).toBe(ENTER + LEAVE);
    expect(stdin.raw).toEqual([true, false]);
    expect(proc.log).toEqual([`kill 42 ${signal}`, `exit ${code}`]);
    expect(heard).toEqual([`exit ${code}`]);
    expect(proc.listenerCount(signal)).toBe(0);
  });

  it.each(['uncaughtException', 'unhandledRejection'])(
    '%s prints a cleaned stack afterwards and ends with 70',
    (event) => {
      const { stdout, proc } = setUp();
      proc.emit(event, new Error('evil \x1b]0;x\x07'));
      expect(stdout.written).toBe(ENTER + LEAVE);
      expect(proc.log).toEqual(['error Error: evil ␛]0;x␇', 'exit 70']);
    },
  );

  it('a terminal that is gone ends the process like a hang-up, once', () => {
    const { stdin, stdout, proc } = setUp();
    stdout.broken = true;
    stdout.emit('error', Object.assign(new Error('EPIPE'), { code: 'EPIPE' }));
    stdout.emit('error', Object.assign(new Error('EIO'), { code: 'EIO' }));
    stdin.emit('error', Object.assign(new Error('EIO'), { code: 'EIO' }));
    expect(proc.log).toEqual(['kill 42 SIGHUP', 'exit 129']);
    expect(stdin.raw).toEqual([true, false]);
  });

  it('whoever started it is gone: it ends like a hang-up, once', () => {
    vi.useFakeTimers();
    try {
      const { stdout, proc } = setUp();
      vi.advanceTimersByTime(60_000);
      expect(proc.log).toEqual([]);
      proc.parent_pid = 1;
      vi.advanceTimersByTime(60_000);
      expect(stdout.written).toBe(ENTER + LEAVE);
      expect(proc.log).toEqual(['kill 42 SIGHUP', 'exit 129']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('suspends with all that the shell started with it, and comes back', () => {
    const { stdin, stdout, proc, heard, terminal } = setUp();
    terminal.suspend();
    // The kernel's own way of stopping, or the signal would only come round again.
    expect(proc.listenerCount('SIGTSTP')).toBe(0);
    expect(stdout.written).toBe(ENTER + LEAVE);
    expect(terminal.write('lost')).toBe(true);
    expect(proc.log).toEqual(['kill 0 SIGTSTP']);
    proc.emit('SIGCONT');
    expect(stdout.written).toBe(ENTER + LEAVE + ENTER);
    expect(stdin.raw).toEqual([true, false, false, true]);
    expect(heard).toEqual(['resume']);
    expect(proc.listenerCount('SIGTSTP')).toBe(1);
    terminal.stop();
  });

  it('comes back by itself where nobody stops it', () => {
    vi.useFakeTimers();
    try {
      const { proc, heard, terminal } = setUp();
      terminal.suspend();
      vi.advanceTimersByTime(1_000);
      expect(heard).toEqual(['resume']);
      expect(proc.listenerCount('SIGTSTP')).toBe(1);
      terminal.suspend();
      proc.emit('SIGCONT');
      vi.advanceTimersByTime(1_000);
      expect(heard).toEqual(['resume', 'resume']);
      terminal.suspend();
      terminal.stop();
      vi.advanceTimersByTime(1_000);
      expect(heard).toEqual(['resume', 'resume']);
    } finally {
      vi.useRealTimers();
    }
  });

  it('asks for mouse, focus and kitty keys only if told, and takes it back', () => {
    const { stdout, terminal } = setUp({ mouse: true, focus: true, kitty: true });
    terminal.stop();
    for (const mode of ['1000', '1006', '1004', '2004', '1049']) {
      expect(stdout.written.split(`\x1b[?${mode}h`)).toHaveLength(2);
      expect(stdout.written.split(`\x1b[?${mode}l`)).toHaveLength(2);
    }
    expect(stdout.written.indexOf('\x1b[>5u')).toBeGreaterThan(stdout.written.indexOf('\x1b[?1049h'));
    expect(stdout.written.indexOf('\x1b[<u')).toBeLessThan(stdout.written.indexOf('\x1b[?1049l'));
  });

  it('passes input and sizes while it owns the tty, and not after', () => {
    const { stdin, stdout, heard, terminal } = setUp();
    stdin.emit('data', Buffer.from('a'));
    stdout.columns = 0;
    stdout.emit('resize');
    terminal.stop();
    terminal.stop();
    stdin.emit('data', Buffer.from('b'));
    stdout.emit('resize');
    expect(heard).toEqual(['input a', 'size 80x24']);
    expect(stdout.written).toBe(ENTER + LEAVE);
  });
});

describe('Terminal, in a real pty', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-terminal-'));
  const program = join(folder, 'program.mjs');
  beforeAll(async () => {
    await build({
      entryPoints: [join(import.meta.dirname, 'terminal_program.ts')],
      outfile: program,
      bundle: true,
      platform: 'node',
      format: 'esm',
      // Ink and React are not needed for the terminal itself, and cost most of the start.
      external: ['ink', 'react', 'react/jsx-runtime'],
      nodePaths: [join(process.cwd(), 'node_modules')],
      absWorkingDir: process.cwd(),
      plugins: [
        {
          name: 'absolute-packages',
          setup: (it) => {
            it.onResolve({ filter: /^(ink|react|react\/jsx-runtime)$/ }, ({ path }) => ({
              path: import.meta.resolve(path),
              external: true,
            }));
          },
        },
      ],
    });
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  function run() {
    const child = pty.spawn(process.execPath, [program], { cols: 60, rows: 20 });
    let output = '';
    const ended = new Promise<{ exitCode: number; signal?: number }>((done) => child.onExit(done));
    child.onData((data) => (output += data));
    const until = async (text: string): Promise<void> => {
      for (let i = 0; i < 1000 && !output.includes(text); i++)
        await new Promise((next) => setTimeout(next, 10));
      expect(output).toContain(text);
    };
    return { child, ended, until, output: () => output };
  }

  it.each<[string, (child: pty.IPty) => void, number]>([
    ['exit', (child) => child.write('q'), 0],
    ['process.exit elsewhere', (child) => child.write('x'), 5],
    ['throw', (child) => child.write('t'), 70],
    ['rejection', (child) => child.write('r'), 70],
    ['SIGTERM', (child) => child.kill('SIGTERM'), 143],
    ['SIGHUP', (child) => child.kill('SIGHUP'), 129],
    ['SIGINT', (child) => child.kill('SIGINT'), 130],
  ])('%s', async (_name, leave, code) => {
    const { child, ended, until, output } = run();
    await until('ready');
    leave(child);
    const { exitCode, signal = 0 } = await ended;
    expect(signal > 0 ? 128 + signal : exitCode).toBe(code);
    expect(output().split('\x1b[?1049l')).toHaveLength(2);
    const after = output().split('\x1b[?1049l')[1] ?? '';
    if (code === 70) expect(after).toMatch(/Error: (thrown · here|rejected here)\r?\n\s+at /);
    else expect(after).toBe('');
  });

  it('a stop from outside and SIGCONT: in raw mode and alive again', async () => {
    const { child, ended, until, output } = run();
    await until('ready');
    child.kill('SIGSTOP');
    const state = (): string =>
      readFileSync(`/proc/${child.pid}/stat`, 'utf8').split(') ')[1]?.charAt(0) ?? '';
    await vi.waitFor(() => expect(state()).toBe('T'), 5000);
    child.kill('SIGCONT');
    await until('resumed');
    child.resize(70, 25);
    await until('size(70x25)');
    child.write('\x03');
    await until('got("\\u0003")');
    child.write('q');
    expect((await ended).exitCode).toBe(0);
    expect(output().split('\x1b[?1049h')).toHaveLength(3);
  });

  it('Ctrl+Z where no shell waits: the screen goes and comes back', async () => {
    const { child, ended, until, output } = run();
    await until('ready');
    child.write('\x1a');
    await until('\x1b[?1049l');
    await until('resumed');
    child.write('q');
    expect((await ended).exitCode).toBe(0);
    expect(output().split('\x1b[?1049h')).toHaveLength(3);
  });

  it('a terminal that closes ends it by the hang-up, without a crash', async () => {
    const { child, ended, until } = run();
    await until('ready');
    // The master's end goes, as when a terminal window is closed.
    (child as unknown as { destroy(): void }).destroy();
    expect(await ended).toMatchObject({ exitCode: 0, signal: 1 });
  });
});
