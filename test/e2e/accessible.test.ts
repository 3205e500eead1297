/** `--accessible`: lines that are only ever added, few of them, never an escape byte; and the digits pick. */
import { describe, expect, test } from 'vitest';
import { startTui } from '../support/pty.js';
import { administrator, invited, PASSWORD } from '../support/raw_peer.js';
import { startServer } from '../support/server.js';

const pause = (ms: number): Promise<void> => new Promise((resolve) => setTimeout(resolve, ms));

describe('accessible', () => {
  test('a whole visit as a transcript', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    for (let at = 1; at < 8; at += 1) await invited(boss.peer, `person${at}`);
    const args = [
      '--accessible',
      '--host',
      server.host,
      '--port',
      String(server.port),
      '--data',
      server.data_folder,
    ];
    await using program = startTui({ args, cols: 100, rows: 60 });
    const says = async (wanted: string): Promise<void> => {
      await program.sees(() => program.raw().includes(wanted));
    };
    /** Lines that one key adds once all is calm. */
    const linesAfter = async (key: string): Promise<string[]> => {
      const before = program.raw().length;
      program.write(key);
      await pause(250);
      return program
        .raw()
        .slice(before)
        .split(/\r?\n/)
        .filter((line) => line !== '');
    };
    await says('Login');
    await says(`Connected to ${server.host}:${server.port} (Portcullis).`);
    await pause(300);
    for (const letter of 'boss.one') expect((await linesAfter(letter)).length).toBeLessThanOrEqual(2);
    expect(program.raw()).toContain('Login, boss.one');
    expect(await linesAfter('\t')).toEqual(['Password']);
    expect(await linesAfter('\t')).toEqual(['[x] Keep this device signed in']);
    expect(await linesAfter(' ')).toEqual(['[ ] Keep this device signed in']);
    expect(await linesAfter(' ')).toEqual(['[x] Keep this device signed in']);
    expect(await linesAfter('\x1b[Z')).toEqual(['Password']);
    program.write(`${PASSWORD}\r`);
    await says('Profile');
    expect(program.raw()).not.toContain(PASSWORD);
    program.write(':users\r');
    await says('8 accounts');
    expect(await linesAfter('j')).toEqual([expect.stringMatching(/^> person1, user/)]);
    expect(await linesAfter('j')).toEqual([expect.stringMatching(/^> person2, user/)]);
    expect(await linesAfter('8')).toEqual([expect.stringMatching(/^> person7, user/)]);
    expect((await linesAfter('\x1b[5~')).length).toBeLessThanOrEqual(2);
    program.write('8x');
    await says('Actions: person7');
    program.write('3');
    await says('person7 suspended · u resumes (10 s)');
    program.write('u');
    await says('person7 may sign in again.');
    program.write(':keys\r');
    await says('1 key');
    program.write('nreports\r');
    await says('The key alone:');
    await says('shown only here and only now');
    // However quick the answer is: nothing of the key is left out.
    const [address = '', rest = ''] =
      program.raw().split('Its portcullis:// address:')[1]?.trim().split(/\r?\n/) ?? [];
    expect(address + rest).toMatch(/^portcullis:\/\/127\.0\.0\.1:\d+\?key=k_\w{20}\.[\w-]{43}$/);
    expect(await linesAfter('\r')).toContainEqual(expect.stringMatching(/^reports, ● valid/));
    expect(program.raw()).not.toContain('\x1b');
    program.write('\x03\x03');
    expect(await program.exited).toBe(0);
    expect(program.raw()).not.toContain('\x1b');
  });
});

describe('terminals that can do less', () => {
  const place = { args: ['--host', '127.0.0.1', '--port', '1', '--data', '/nonexistent'] };
  test('TERM=dumb: lines, without an escape byte', async () => {
    await using program = startTui({ ...place, env: { TERM: 'dumb' } });
    await program.sees(() => program.raw().includes('Connect to a server'));
    expect(program.raw()).not.toContain('\x1b');
  });
  test.each([
    ['LANG=C: ASCII alone', { LANG: 'C' }, /[^\x00-\x7f]/],
    ['vt100: no colours', { TERM: 'vt100' }, /\x1b\[(?:[34]\d|[34]8;)/],
    [
      'linux, a theme of 24 bits: 16 colours, no keys of kitty',
      { TERM: 'linux', COLORTERM: 'truecolor' },
      /\x1b\[(?:[34]8;|>)/,
    ],
    ['FORCE_COLOR=0: none', { FORCE_COLOR: '0' }, /\x1b\[[34]\d/],
    ['NO_COLOR: none', { NO_COLOR: '1' }, /\x1b\[[34]\d/],
  ])('%s', async (_what, env, never) => {
    await using program = startTui({ args: [...place.args, '--theme', 'dark'], env });
    await program.sees('Connect to a server');
    await pause(300);
    expect(program.raw()).not.toMatch(never);
  });
});
