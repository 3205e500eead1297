// What `npm start` and `npm test` do first: install what is missing, from the lockfile, and say how it is going. Uses nothing
// but Node itself, because on a fresh clone there is nothing else.
import { spawn } from 'node:child_process';
import { accessSync, constants, existsSync, readFileSync, statSync } from 'node:fs';
import { delimiter, dirname, join } from 'node:path';
import { createInterface } from 'node:readline';
import { doingAfter, missingText, progressText, whyFailed } from './install_progress.mjs';

const root = join(import.meta.dirname, '..');
const marker = join(root, 'node_modules', '.package-lock.json');
/** Of what npm says, shown when it has failed. */
const SAID_LINES_MAX = 60;
/** Whoever looks at a log and not at a terminal wants to know that it goes on, not each second. */
const TERMINAL_EVERY_MS = 1_000;
const LOG_EVERY_MS = 10_000;

function fail(sentence) {
  console.error(sentence);
  process.exit(1);
}

/** Returns the first of some programs that can be run, or null. */
function findProgram(names) {
  const folders = (process.env['PATH'] ?? '').split(delimiter).filter((folder) => folder !== '');
  const runs = (path) => {
    try {
      accessSync(path, constants.X_OK);
      return statSync(path).isFile();
    } catch {
      return false;
    }
  };
  return names.find((name) => runs(name) || folders.some((folder) => runs(join(folder, name)))) ?? null;
}

const named = (variable) => {
  const first = (process.env[variable] || '').trim().split(/\s+/)[0];
  return first === undefined || first === '' ? [] : [first];
};

/** Returns the sentence about what compiling needs and can't be found; Windows has other tools, which npm finds by itself. */
function missingTools() {
  if (process.platform === 'win32') return null;
  return missingText({
    compiler: findProgram([...named('CXX'), 'c++', 'g++', 'clang++']),
    make: findProgram([...named('MAKE'), 'make', 'gmake']),
    python: findProgram([...named('npm_config_python'), ...named('PYTHON'), 'python3', 'python']),
  });
}

/** Node's headers beside this very Node, so that they needn't be fetched; nothing where there are none, or others. */
function headersHere() {
  if (process.env['npm_config_nodedir'] !== undefined) return {};
  const prefix = dirname(dirname(process.execPath));
  try {
    const text = readFileSync(join(prefix, 'include/node/node_version.h'), 'utf8');
    const part = (name) => (new RegExp(`#define NODE_${name}_VERSION (\\d+)`).exec(text) || [])[1];
    const version = `v${part('MAJOR')}.${part('MINOR')}.${part('PATCH')}`;
    return version === process.version ? { npm_config_nodedir: prefix } : {};
  } catch {
    return {};
  }
}

/** Shows how long it has taken and what it is at; one line that changes in a terminal, a line now and then elsewhere. */
function showProgress(every_ms) {
  const began = performance.now();
  const terminal = process.stderr.isTTY && process.env['TERM'] !== 'dumb';
  let package_at = null;
  let doing = 'fetching the packages';
  const show = () => {
    const what = package_at === null ? doing : `${package_at}, ${doing}`;
    const text = progressText(Math.round((performance.now() - began) / 1000), what);
    process.stderr.write(terminal ? `\r${text}\x1b[K` : `${text}\n`);
  };
  const timer = setInterval(show, every_ms ?? (terminal ? TERMINAL_EVERY_MS : LOG_EVERY_MS));
  return {
    heard: (line) => {
      const now = doingAfter(line);
      if (now === null) return;
      const [, begun] = /^setting up (.*)$/.exec(now) ?? [];
      if (begun === undefined) doing = now;
      else [package_at, doing] = [begun, 'setting up'];
    },
    end: () => {
      clearInterval(timer);
      if (terminal) process.stderr.write('\r\x1b[K');
    },
  };
}

/** Installs what is missing. `every_ms`: how often it says how it is going, unless told by where it says it. */
export async function setUp({ every_ms } = {}) {
  if (existsSync(marker) && statSync(marker).mtimeMs >= statSync(join(root, 'package-lock.json')).mtimeMs)
    return;
  // In one line of 80 columns.
  console.error('Installing the packages; compiling SQLite takes a minute or two ...');
  const missing = missingTools();
  if (missing !== null) console.error(missing);
  const progress = showProgress(every_ms);
  // In the foreground the scripts of packages say what they do, one after the other.
  const child = spawn('npm', ['ci', '--no-audit', '--no-fund', '--loglevel=error', '--foreground-scripts'], {
    cwd: root,
    env: { ...process.env, ...headersHere() },
    stdio: ['ignore', 'pipe', 'pipe'],
    // npm is a script of the shell there.
    shell: process.platform === 'win32',
  });
  const said = [];
  for (const input of [child.stdout, child.stderr]) {
    createInterface({ input }).on('line', (line) => {
      progress.heard(line);
      said.push(line);
    });
  }
  const ended = await new Promise((resolve) => {
    child.once('error', (error) =>
      resolve(error.code === 'ENOENT' ? 'npm can not be found.' : error.message),
    );
    child.once('close', (code, signal) => resolve(code ?? signal));
  });
  progress.end();
  if (ended !== 0) {
    for (const line of said.slice(-SAID_LINES_MAX)) console.error(line);
    fail(
      typeof ended === 'string' && said.length === 0
        ? ended
        : `npm ci has failed. ${whyFailed(said.join('\n'), missing)}`,
    );
  }
  // npm leaves the marker's time alone when nothing changed; this file's time is what is compared next time.
  if (!existsSync(marker)) fail('npm ci left no node_modules behind.');
}
