'use strict';
// What a program does before anything else, so that no moment is without it: Node's debugger stays shut, and signals that come
// while the rest is loaded are kept. An old Node reads this too, so it keeps to what Node 10 reads.

const { setTimeout } = require('timers');

const ASKED = /^--inspect/;
const LOOK_AGAIN_MS = [0, 100, 1000];

/** Node's debugger, or null where Node was built without one. */
function debuggerOf() {
  try {
    return require('inspector');
  } catch {
    return null;
  }
}

/**
 * Keeps Node's debugger shut. Unless somebody listens, SIGUSR1 opens it on a port where every user of this machine may run code in
 * this process, with its keys and passwords. One that a signal has opened in the milliseconds before this, or a variable that
 * programs inherit (NODE_OPTIONS), is shut again. Who starts Node with --inspect means this very program: that is told.
 */
function refuseDebugger(program) {
  // A listener takes the place of what Node does; it counts for the whole process, its threads included.
  process.on('SIGUSR1', () => undefined);
  const inspector = debuggerOf();
  if (inspector === null) return;
  if (process.execArgv.some((word) => ASKED.test(word))) {
    if (inspector.url() !== undefined)
      process.stderr.write(
        `${program}: a debugger is open (--inspect): every user of this machine who reaches its port can read passwords and keys.\n`,
      );
    return;
  }
  let told = false;
  const shut = () => {
    if (inspector.url() === undefined) return;
    inspector.close();
    if (told) return;
    told = true;
    process.stderr.write(
      `${program}: a debugger was open, and is shut: every user of this machine could have used it.\n`,
    );
  };
  shut();
  // A signal from before the first line opens one on two roads, the second of which ends in a turn of the event loop that is
  // still to come. None comes after the listener above.
  for (const ms of LOOK_AGAIN_MS) setTimeout(shut, ms).unref();
}

/** Begins to keep the signals that ask to stop or to reload. Returns what ends that and gives those that came. */
function keepSignals() {
  const names = ['SIGINT', 'SIGTERM', 'SIGHUP'];
  const came = [];
  const keep = (name) => {
    came.push(name);
  };
  for (const name of names) process.on(name, keep);
  return () => {
    for (const name of names) process.removeListener(name, keep);
    return came;
  };
}

module.exports = { refuseDebugger, keepSignals };
