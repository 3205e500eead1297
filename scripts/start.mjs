// `npm start`: sets up, builds, starts the server on ./data and, where there is a terminal, opens the UI on it. Leaving
// the UI stops the server. Options go to the server: npm start -- --port 7000
import './node_version.mjs';
import '../bin/refuse_debugger.js';
import { execFileSync, spawn } from 'node:child_process';
import { mkdirSync, openSync } from 'node:fs';
import { constants } from 'node:os';
import { join } from 'node:path';
import { createInterface } from 'node:readline';
import { setUp } from './setup.mjs';

// Options name the server here; whoever is started below needs no key in its environment.
delete process.env['PORTCULLIS'];

const root = join(import.meta.dirname, '..');
await setUp();
execFileSync(process.execPath, [join(root, 'scripts/build.mjs'), '--if-needed'], { stdio: ['ignore', 2, 2] });

const options = process.argv.slice(2);
const withUi = process.stdin.isTTY && process.stdout.isTTY;

if (!withUi) {
  const server = spawn(process.execPath, [join(root, 'bin/auth-server.js'), ...options], {
    stdio: 'inherit',
  });
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => server.kill(signal));
  server.on('exit', (code, signal) => process.exit(code ?? (signal === null ? 0 : 1)));
} else {
  // The log would draw over the UI, so it goes into a file beside the database.
  const at = options.indexOf('--data');
  const folder = at === -1 ? process.env['AUTH_DATA'] || 'data' : options[at + 1];
  mkdirSync(folder, { recursive: true, mode: 0o700 });
  const logFile = join(folder, 'server.log');
  const server = spawn(process.execPath, [join(root, 'bin/auth-server.js'), ...options], {
    stdio: ['ignore', 'pipe', openSync(logFile, 'a', 0o600)],
    // Ctrl+C in the UI is the UI's key; the server is stopped below.
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
  createInterface({ input: server.stdout }).on('line', (line) => {
    if (ready || stopped_by !== null) return;
    ready = true;
    const { host, port, data } = JSON.parse(line);
    ui = spawn(
      process.execPath,
      [join(root, 'bin/auth-tui.js'), '--host', host, '--port', String(port), '--data', data],
      { stdio: 'inherit' },
    );
    for (const signal of ['SIGTERM', 'SIGHUP']) process.on(signal, () => ui.kill(signal));
    process.on('SIGINT', () => undefined);
    ui.on('exit', (code, signal) => {
      server.once('exit', () => process.exit(code ?? 128 + (constants.signals[signal] ?? 0)));
      stop();
    });
  });
  server.on('exit', (code) => {
    if (stopped_by !== null) process.exit(codes[stopped_by]);
    if (ready) return;
    console.error(`The server did not start; its words are in ${logFile}. The last of them:`);
    execFileSync('tail', ['-n', '3', logFile], { stdio: ['ignore', 2, 2] });
    process.exit(code ?? 1);
  });
}
