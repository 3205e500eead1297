/** A small program around Terminal, run in a real pty by terminal.test.ts. Each key is one way out. */
import { nodeProcess, Terminal } from '../../../src/tui/terminal/index.js';

const terminal = new Terminal({
  stdin: process.stdin,
  stdout: process.stdout,
  process: nodeProcess(),
  onInput: (chunk) => {
    const key = String(chunk);
    if (key === 'q') terminal.exit(0);
    if (key === 's') terminal.stop();
    if (key === 't') throw new Error('thrown \u202e here');
    if (key === 'r') void Promise.reject(new Error('rejected here'));
    if (key === 'x') process.exit(5);
    if (key === '\x1a') terminal.suspend();
    terminal.write(`got(${JSON.stringify(key)})`);
  },
  onResize: ({ columns, rows }) => void terminal.write(`size(${columns}x${rows})`),
  onResume: () => void terminal.write('resumed'),
});
terminal.start();
terminal.write('ready');
