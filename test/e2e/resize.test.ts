/** After any chain of sizes the screen is what a fresh start at the last size shows. Real bundle, real terminal emulator. */
import { describe, expect, test } from 'vitest';
import { startTui, type TerminalProgram } from '../support/pty.js';
import { administrator, invited, PASSWORD } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

const SIZES = [
  [120, 40],
  [60, 20],
  [90, 50],
  [80, 24],
  [200, 60],
  [61, 16],
  [110, 30],
] as const;

/** Latency is another at each start. */
const comparable = (program: TerminalProgram): string[] =>
  program
    .screen()
    .map((row, at) =>
      at === 0
        ? row.replace(/ +/g, ' ').replace(/● (\d+ ms|connected)/, '●')
        : row.replace(/ \d+ min\b/g, ' now'),
    );

/** Waits until nothing has been drawn for a while: the emulator takes bytes in its own time. */
async function calm(program: TerminalProgram): Promise<void> {
  for (let before = -1; before !== program.raw().length;) {
    before = program.raw().length;
    await new Promise((resolve) => setTimeout(resolve, 300));
  }
}

async function openUsers(server: TestServer, cols: number, rows: number): Promise<TerminalProgram> {
  const args = ['--host', server.host, '--port', String(server.port), '--data', server.data_folder];
  const program = startTui({ args, cols, rows });
  await program.sees('●');
  program.write(`boss.one\t${PASSWORD}\r`);
  await program.sees('boss.one');
  await program.sees('Admin');
  program.write('5');
  await program.sees('person10');
  return program;
}

describe('resize', () => {
  test('a chain of seven sizes equals a fresh start at each', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    for (let at = 10; at < 50; at += 1) await invited(boss.peer, `person${at}`);
    await using chained = await openUsers(server, 80, 24);
    for (const [cols, rows] of SIZES) {
      chained.resize(cols, rows);
      await using fresh = await openUsers(server, cols, rows);
      await fresh.sees('41 accounts');
      await calm(fresh);
      const wanted = comparable(fresh);
      await chained
        .sees(() => JSON.stringify(comparable(chained)) === JSON.stringify(wanted))
        .catch(() => null);
      expect(comparable(chained), `${cols}x${rows}`).toEqual(wanted);
    }
    // One clear for the start and one for each size; never the scrollback.
    expect(chained.raw().split('\x1b[2J').length - 1).toBeLessThanOrEqual(1 + SIZES.length);
    expect(chained.raw()).not.toContain('\x1b[3J');
  });
});
