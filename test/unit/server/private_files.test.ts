/** Files of the data folder: their owner's alone from the first instant, and on disk before they count as written. */
import fs from 'node:fs';
import { syncBuiltinESMExports } from 'node:module';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, expect, test } from 'vitest';
import { DataFolderError, readPrivate, writePrivate } from '../../../src/server/data_folder/index.js';

let folder: string;
let path: string;
beforeEach(() => {
  folder = fs.mkdtempSync(join(tmpdir(), 'portcullis-private-'));
  path = join(folder, 'secret');
});
afterEach(() => fs.rmSync(folder, { recursive: true, force: true }));

const rightsOf = (file: string): number => fs.statSync(file).mode & 0o777;

/** What is asked of the system while `work` runs, in its order; names of files instead of their numbers. */
function asked(work: () => void): string[] {
  const calls: string[] = [];
  const names = new Map<number, string>();
  const { openSync, writeFileSync, fsyncSync, closeSync, renameSync } = fs;
  const short = (file: unknown): string =>
    typeof file === 'number' ? (names.get(file) ?? '?') : String(file).replace(folder, '.');
  Object.assign(fs, {
    openSync: (...args: Parameters<typeof openSync>) => {
      const file = openSync(...args);
      names.set(file, short(args[0]));
      calls.push(`open ${short(args[0])} ${String(args[1])} ${rightsOf(String(args[0])).toString(8)}`);
      return file;
    },
    writeFileSync: (...args: Parameters<typeof writeFileSync>) => {
      calls.push(`write ${short(args[0])}`);
      writeFileSync(...args);
    },
    fsyncSync: (file: number) => {
      calls.push(`fsync ${short(file)}`);
      fsyncSync(file);
    },
    renameSync: (from: string, to: string) => {
      calls.push(`rename ${short(from)} ${short(to)}`);
      renameSync(from, to);
    },
  });
  syncBuiltinESMExports();
  try {
    work();
  } finally {
    Object.assign(fs, { openSync, writeFileSync, fsyncSync, closeSync, renameSync });
    syncBuiltinESMExports();
  }
  return calls;
}

test('first the text is on disk, then the name, then the folder', () => {
  fs.chmodSync(folder, 0o700);
  expect(asked(() => writePrivate(path, 'text'))).toEqual([
    'open ./secret.new wx 600',
    'write ./secret.new',
    'fsync ./secret.new',
    'rename ./secret.new ./secret',
    'open . r 700',
    'fsync .',
  ]);
  expect(readPrivate(path)).toBe('text');
});

test('what says nothing after a loss of power is not waited for', () => {
  const calls = asked(() => writePrivate(path, 'text', { lasting: false }));
  expect(calls.filter((call) => call.startsWith('fsync'))).toEqual([]);
  expect(readPrivate(path)).toBe('text');
});

test('a draft that others may read is not taken up again', () => {
  fs.writeFileSync(`${path}.new`, 'left over', { mode: 0o644 });
  fs.chmodSync(`${path}.new`, 0o644);
  const watching = fs.openSync(`${path}.new`, 'r');
  try {
    writePrivate(path, 'a secret');
    // Whoever had opened the old draft still sees the old one.
    expect(fs.readFileSync(watching, 'utf8')).toBe('left over');
  } finally {
    fs.closeSync(watching);
  }
  expect([rightsOf(path), fs.readFileSync(path, 'utf8')]).toEqual([0o600, 'a secret']);
});

test('a link in the place of the draft or of the file leads nowhere', () => {
  const elsewhere = join(folder, 'elsewhere');
  fs.writeFileSync(elsewhere, 'theirs');
  fs.symlinkSync(elsewhere, `${path}.new`);
  fs.symlinkSync(elsewhere, path);
  writePrivate(path, 'a secret');
  expect(fs.readFileSync(elsewhere, 'utf8')).toBe('theirs');
  expect(fs.lstatSync(path).isFile()).toBe(true);
});

test('the old text stays when the new one can not be written, and the sentence says what to do', () => {
  writePrivate(path, 'old');
  fs.mkdirSync(`${path}.new`);
  expect(() => writePrivate(path, 'new')).toThrow(DataFolderError);
  expect(() => writePrivate(path, 'new')).toThrow(/can not be written \(E[A-Z_]+\)\. Check/);
  expect(readPrivate(path)).toBe('old');
});

test('whatever the umask, the owner alone can read and write', () => {
  const before = process.umask(0o777);
  try {
    writePrivate(path, 'text');
  } finally {
    process.umask(before);
  }
  expect(rightsOf(path)).toBe(0o600);
});

test('what others may read is taken from them before it is read', () => {
  fs.writeFileSync(path, 'secret', { mode: 0o600 });
  for (const mode of [0o644, 0o640, 0o602, 0o777]) {
    fs.chmodSync(path, mode);
    expect(readPrivate(path)).toBe('secret');
    // Taken away, never given.
    expect(rightsOf(path)).toBe(mode & 0o700);
  }
  fs.chmodSync(path, 0o400);
  expect(readPrivate(path)).toBe('secret');
  expect(rightsOf(path)).toBe(0o400);
});
