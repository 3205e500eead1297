/** What a script of package.json doesn't know is refused before anything is done, with the word that was meant. */
import { execFile } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import fc from 'fast-check';
import { expect, test } from 'vitest';
import { nearest as nearestOfScripts } from '../../scripts/arguments.mjs';
import { nearest } from '../../src/protocol/index.js';

const ROOT = join(import.meta.dirname, '../..');
// The scripts as package.json has them.
const { scripts } = JSON.parse(readFileSync(join(ROOT, 'package.json'), 'utf8')) as {
  scripts: Readonly<Record<string, string>>;
};

type Ran = { readonly code: number; readonly out: string; readonly err: string };

/** Runs a line of package.json as npm does, without waiting for npm itself. */
function run(line: string): Promise<Ran> {
  const env = { ...process.env, PATH: `${join(ROOT, 'node_modules/.bin')}:${process.env['PATH'] ?? ''}` };
  return new Promise((resolve) => {
    execFile('/bin/sh', ['-c', line], { cwd: ROOT, env, timeout: 50_000 }, (error, out, err) =>
      resolve({ code: error === null ? 0 : Number(error.code), out, err }),
    );
  });
}

/** For each script a word that is nearly one of its own; null for one that passes all on to a program that is not ours. */
const MISTYPED: Readonly<Record<string, readonly [typed: string, meant: string] | null>> = {
  start: ['--regstration closed', '--registration'],
  test: ['--qiuck', '--quick'],
  check: ['--only-test', '--only-tests'],
  build: ['--tpyes', '--types'],
  prepack: ['--if-neded', '--if-needed'],
  docs: ['--chekc', '--check'],
  bench: ['verfy', 'verify'],
  matrix: ['--ful', '--full'],
  drills: ['kil9', 'kill9'],
  format: null,
};

test('every script is among them', () => {
  expect(Object.keys(MISTYPED).sort()).toEqual(Object.keys(scripts).sort());
});

test.each(Object.entries(MISTYPED).filter(([, words]) => words !== null))(
  'npm run %s: a mistyped word is refused with the one that was meant, 64',
  async (name, words) => {
    const [typed, meant] = words ?? ['', ''];
    const { code, out, err } = await run(`${scripts[name] ?? ''} ${typed}`);
    expect([code, out]).toEqual([64, '']);
    expect(err).toMatch(new RegExp(`Did you mean ${meant}\\?`));
  },
);

test.each([
  ['bench', '--ronds 3', 'Did you mean --rounds?'],
  ['bench', '--rounds x', '--rounds takes a number from 1 to 100.'],
  ['bench', '--rounds', "Option '--rounds <value>' argument missing."],
  ['matrix', '25', 'There are: 22, 24, 26.'],
  ['drills', 'frob', 'There are: capacity, clock,'],
  ['drills', 'test/drills/kil9.test.ts', 'Did you mean test/drills/kill9.test.ts?'],
  ['test', "'\x1b[2J'", 'There is no `\\u001b[2J` here.'],
])('npm run %s -- %s', async (name, typed, said) => {
  const { code, out, err } = await run(`${scripts[name] ?? ''} ${typed}`);
  expect([code, out, err]).toEqual([64, '', expect.stringContaining(said)]);
});

test('--help is the usage, and nothing is done', async () => {
  for (const name of ['test', 'build', 'matrix', 'drills']) {
    expect(await run(`${scripts[name] ?? ''} --help`)).toEqual({
      code: 0,
      out: expect.stringMatching(/^Usage: npm /),
      err: '',
    });
  }
});

test('no script reads its arguments without saying what it knows', () => {
  const silent = readdirSync(join(ROOT, 'scripts'))
    .filter((name) => /\.(mjs|ts)$/.test(name) && !name.includes('.d.'))
    .filter((name) => {
      const text = readFileSync(join(ROOT, 'scripts', name), 'utf8');
      return text.includes('process.argv') && !text.includes('readArguments(process.argv.slice(2)');
    });
  // The first passes all on to the server; the others are given a folder or a port.
  expect(silent).toEqual(['common_passwords.mjs', 'demo.ts', 'start.mjs']);
});

test('scripts know the word that was meant as the programs do', () => {
  const word = fc.string({ unit: fc.constantFrom('a', 'b', 'C', 'd', '-', 'é'), maxLength: 9 });
  fc.assert(
    fc.property(word, fc.array(word, { maxLength: 4 }), (typed, words) => {
      expect(nearestOfScripts(typed, words)).toBe(nearest(typed, words));
    }),
  );
});
