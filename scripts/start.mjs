// `npm start`: sets up, builds, starts the server on ./data and, where there is a terminal, opens the UI on it. Leaving
// the UI stops the server, unless it is told to leave it running; where one runs on the folder already, its UI is opened and
// nothing is stopped. Options go to the server: npm start -- --port 7000
import './node_version.mjs';
import '../bin/refuse_debugger.js';
import { readsRussian } from '../bin/words.js';
import { execFileSync, spawn, spawnSync } from 'node:child_process';
import { mkdirSync, openSync, readFileSync } from 'node:fs';
import { connect } from 'node:net';
import { constants } from 'node:os';
import { join, resolve } from 'node:path';
import { createInterface } from 'node:readline';
import { setUp } from './setup.mjs';

// Options name the server here; whoever is started below needs no key in its environment.
delete process.env['PORTCULLIS'];

const root = join(import.meta.dirname, '..');
await setUp();
execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--if-needed'], { stdio: ['ignore', 2, 2] });

/** With this exit code the UI says that the server is to go on. */
const LEAVE_SERVER = 10;
const PARENT_EVERY_MS = 1_000;

const WORDS = {
  en: {
    runs_already: ({ host, port, pid }) =>
      `A server runs on this folder already (${host}:${port}, pid ${pid}): opening its UI.\nLeaving that stops nothing.`,
    left_running: ({ pid, host, port, log }) =>
      `The server goes on: ${host}:${port}, pid ${pid}; its log:\n${log}\n` +
      `npm start opens its UI again. To stop it: kill ${pid}`,
  },
  ru: {
    runs_already: ({ host, port, pid }) =>
      `На этой папке уже работает сервер (${host}:${port}, pid ${pid}): открывается его\nинтерфейс. Выход из него ничего не остановит.`,
    left_running: ({ pid, host, port, log }) =>
      `Сервер работает дальше: ${host}:${port}, pid ${pid}; его журнал:\n${log}\n` +
      `npm start снова откроет интерфейс. Остановить: kill ${pid}`,
  },
};
/** Calls back when npm, which started this, is gone: it dies of a signal without a word to whoever it waits for. */
function whenNpmEnds(then) {
  if (process.env['npm_lifecycle_event'] === undefined) return;
  const parent = process.ppid;
  const timer = setInterval(() => {
    if (process.ppid === parent) return;
    clearInterval(timer);
    then();
  }, PARENT_EVERY_MS);
  timer.unref();
}

const words = readsRussian(process.env) ? WORDS.ru : WORDS.en;

const options = process.argv.slice(2);
const server_program = join(root, 'bin/auth-server.js');
const asks = options.some((option) => /^(--help|--version|-h|-v)$/.test(option));
const withUi = process.stdin.isTTY && process.stdout.isTTY && !asks;
if (withUi && options.length > 0) {
  // Refuses what it doesn't know in its own words, before anything is made or opened.
  const { status } = spawnSync(process.execPath, [server_program, ...options, '--version'], {
    stdio: ['ignore', 'ignore', 'inherit'],
  });
  if (status !== 0) process.exit(status || 1);
}

if (!withUi) {
  const server = spawn(process.execPath, [server_program, ...options], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
  whenNpmEnds(() => server.kill('SIGTERM'));
  server.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
} else {
  const at = options.indexOf('--data');
  const joined = options.filter((option) => option.startsWith('--data=')).map((option) => option.slice(7))[0];
  const folder = at === -1 ? joined || process.env['AUTH_DATA'] || 'data' : options[at + 1];
  const running = await runningOn(folder);
  if (running === null) startBoth(folder);
  else {
    console.error(words.runs_already(running));
    const ui = openUi({ ...running, data: folder }, {});
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => ui.kill(signal));
    whenNpmEnds(() => ui.kill('SIGHUP'));
    process.on('SIGINT', () => undefined); // Ctrl+C is the UI's own key.
    ui.on('exit', (code, signal) => process.exit(exitCode(code, signal)));
  }
}

/** What the server says when it listens; nothing of any other line. */
function readyLine(line) {
  try {
    const said = JSON.parse(line);
    return said.ready === true ? said : {};
  } catch {
    return {};
  }
}

function exitCode(code, signal) {
  return code ?? 128 + (constants.signals[signal] ?? 0);
}

function openUi({ host, port, data }, more) {
  return spawn(
    process.execPath,
    [join(root, 'bin/auth-tui.js'), '--host', host, '--port', String(port), '--data', data],
    { stdio: 'inherit', env: { ...process.env, ...more } },
  );
}

/** The server that runs on the folder: it has left where it listens, its process lives, and it takes connections. Else null. */
async function runningOn(folder) {
  try {
    const { host, port, pid } = JSON.parse(readFileSync(join(folder, 'server.json'), 'utf8'));
    process.kill(pid, 0);
    const here = host === '0.0.0.0' ? '127.0.0.1' : host === '::' ? '::1' : host;
    const takes = await new Promise((settle) => {
      const socket = connect({ host: here, port, timeout: 2_000 });
      for (const [event, answer] of [
        ['connect', true],
        ['timeout', false],
        ['error', false],
      ])
        socket.once(event, () => {
          socket.destroy();
          settle(answer);
        });
    });
    return takes ? { host: here, port, pid } : null;
  } catch {
    // No word of a server, or it is gone.
    return null;
  }
}

function startBoth(folder) {
  // The log would draw over the UI, so it goes into a file beside the database.
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logFile = join(folder, 'server.log');
  const server = spawn(process.execPath, [server_program, ...options], {
    stdio: ['ignore', 'pipe', openSync(logFile, 'a', 0o600)],
    // Ctrl+C in the UI is the UI's key; the server is stopped below. A session of its own also outlives the terminal.
    detached: true,
  });
  const stop = () => server.kill('SIGTERM');
  const codes = { SIGINT: 130, SIGTERM: 143, SIGHUP: 129 };
  let ready = false;
  let ui = null;
  let stopped_by = null;
  // From now on: the server has a session of its own, so it would go on alone if this program just ended.
  for (const signal of Object.keys(codes)) {
    process.on(signal, () => {
      if (ui === null) {
        if (stopped_by === null) stopped_by = signal;
        stop();
      } else if (signal !== 'SIGINT') ui.kill(signal); // Ctrl+C is the UI's own key.
    });
  }
  whenNpmEnds(() => process.emit('SIGHUP', 'SIGHUP'));
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (ready || stopped_by !== null) return;
    const { host, port, data } = readyLine(line);
    if (host === undefined) {
      // The result of a command, `npm start -- doctor`.
      console.log(line);
      return;
    }
    ready = true;
    ui = openUi({ host, port, data }, { AUTH_TUI_STOPS_SERVER: '1' });
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => ui.kill(signal));
    process.on('SIGINT', () => undefined);
    ui.on('exit', (code, signal) => {
      if (code === LEAVE_SERVER && server.exitCode === null) {
        console.log(words.left_running({ pid: server.pid, host, port, log: resolve(logFile) }));
        process.exit(0);
      }
      const end = () => process.exit(exitCode(code, signal));
      if (server.exitCode !== null || server.signalCode !== null) end();
      server.once('exit', end);
      stop();
    });
  });
  server.on('exit', (code) => {
    if (stopped_by !== null) process.exit(codes[stopped_by]);
    if (ready) return;
    if (code === 0) process.exit(0);
    console.error(`The server did not start; its words are in ${logFile}. The last of them:`);
    execFileSync('tail', ['-n', '3', logFile], { stdio: ['ignore', 2, 2] });
    process.exit(code ?? 1);
  });
}
