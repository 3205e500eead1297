// Keeps one PostgreSQL of the tests: every process of it is a child of this one, and its folders are its own. It does what
// its parent tells it, and when the parent is gone, however it went, it ends what runs and removes the folders. It is a
// process of its own because nobody can clean up after having been killed; it is detached, so that Ctrl-C in a terminal
// doesn't reach it. Knows nothing of PostgreSQL but its signals.
//   node postgres_keeper.mjs FOLDER... (with a channel)
import { spawn, spawnSync } from 'node:child_process';
import { openSync, readFileSync, readdirSync, rmSync } from 'node:fs';
import { join } from 'node:path';

const folders = process.argv.slice(2);
const POLL_MS = 5;
const log = openSync(join(folders[0], 'log'), 'a');

/** The program that runs, and a promise of its end. */
let running = null;

const tell = (message) => {
  // A parent that is gone hears nothing, and 'disconnect' tells so.
  if (process.connected) process.send(message, () => undefined);
};
const pause = () => new Promise((resolve) => setTimeout(resolve, POLL_MS));

/** Every process as [id, parent, state]; from /proc where there is one, since small containers have no `ps`. */
function processes() {
  if (process.platform !== 'linux') {
    const { stdout } = spawnSync('ps', ['-A', '-o', 'pid=,ppid=,state='], { encoding: 'utf8' });
    return stdout.split('\n').flatMap((line) => {
      const [pid, parent, state] = line.trim().split(/\s+/);
      return state === undefined ? [] : [[Number(pid), Number(parent), state[0]]];
    });
  }
  return readdirSync('/proc').flatMap((name) => {
    if (!/^\d+$/.test(name)) return [];
    try {
      const stat = readFileSync(`/proc/${name}/stat`, 'utf8');
      // The name of the program stands in parentheses and may hold anything.
      const [state, parent] = stat.slice(stat.lastIndexOf(')') + 2).split(' ');
      return [[Number(name), Number(parent), state]];
    } catch {
      return [];
    }
  });
}

function withDescendants(top) {
  const all = processes();
  const tree = [top];
  for (const one of tree) tree.push(...all.filter(([, parent]) => parent === one).map(([pid]) => pid));
  return tree;
}

function signalEach(pids, signal) {
  for (const pid of pids) {
    try {
      process.kill(pid, signal);
    } catch {
      // It has gone by itself.
    }
  }
}

/** Ends a program and all that it started at one moment, as a failing machine does, and waits until they are gone. */
async function killAll() {
  if (running === null) return;
  const { pid } = running.child;
  // Held still first: what doesn't run can't start another one while this looks.
  signalEach(withDescendants(pid), 'SIGSTOP');
  const tree = withDescendants(pid);
  signalEach(tree, 'SIGKILL');
  await running.ended;
  // One that has ended may wait for ever to be asked how, where nobody adopts processes.
  const alive = () => processes().some(([one, , state]) => tree.includes(one) && !'ZX'.includes(state));
  while (alive()) await pause();
}

/** What a killed PostgreSQL leaves behind in the kernel: 56 bytes of shared memory, of which there may be 4,096. */
function forgetSharedMemory() {
  try {
    const lines = readFileSync(join(folders[0], 'data/postmaster.pid'), 'utf8').split('\n');
    const id = lines[6]?.trim().split(/\s+/)[1];
    if (id !== undefined) spawnSync('ipcrm', ['-m', id], { stdio: 'ignore' });
  } catch {
    // It has ended in an orderly way.
  }
}

let ending = false;
async function end() {
  if (ending) return;
  ending = true;
  await killAll();
  forgetSharedMemory();
  for (const folder of folders) rmSync(folder, { recursive: true, force: true, maxRetries: 5 });
  process.exit(0);
}

function run({ command, args, as, env }) {
  const child = spawn(command, args, { ...as, env, cwd: '/', stdio: ['ignore', log, log] });
  const ended = new Promise((resolve) => {
    child.once('error', (error) => resolve(error.message));
    child.once('exit', (code, signal) => resolve(code ?? signal));
  });
  running = { child, ended };
  tell({ pid: child.pid ?? null });
  void ended.then((how) => {
    running = null;
    tell({ ended: how });
  });
}

process.on('message', (message) => {
  if (ending) return;
  if ('run' in message) run(message.run);
  else if ('signal' in message) running?.child.kill(message.signal);
  else void killAll().then(() => tell({ killed: true }));
});
process.on('disconnect', () => void end());
for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP']) process.on(signal, () => void end());
// It may have gone before this could be heard.
if (!process.connected) void end();
