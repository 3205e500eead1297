import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterAll, expect, test } from 'vitest';
import { seenBefore } from '../../scripts/seen_before.mjs';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-seen-'));
afterAll(() => rmSync(folder, { recursive: true }));
const CODE = /\.ts$/;
let count = 0;

/** Returns whether a check that passed on `before` is left out on `after`. */
function leftOut(before: Record<string, string>, after: Record<string, string>, concerns = CODE): boolean {
  count += 1;
  const path = join(folder, String(count));
  const tree = (texts: Record<string, string>) => ({
    files: Object.keys(texts),
    read: (name: string) => texts[name] ?? '',
  });
  seenBefore(path, tree(before)).pass('types', concerns);
  return seenBefore(path, tree(after)).has('types', concerns);
}

test('on the same files a check that passed is left out', () => {
  expect(leftOut({ 'a.ts': '1', 'b.md': 'x' }, { 'a.ts': '1', 'b.md': 'x' })).toBe(true);
  expect(leftOut({ 'a.ts': '1', 'b.md': 'x' }, { 'a.ts': '1', 'b.md': 'y' })).toBe(true);
});

test.each([
  ['another text', { 'a.ts': '2' }],
  ['a file more', { 'a.ts': '1', 'b.ts': '' }],
  ['a file less', {}],
  ['another name', { 'b.ts': '1' }],
])('%s is looked at again', (_, after) => {
  expect(leftOut({ 'a.ts': '1' }, after)).toBe(false);
});

test('what somebody changed meanwhile has not passed', () => {
  const path = join(folder, 'meanwhile');
  let text = '1';
  const tree = { files: ['a.ts'], read: () => text };
  const before = seenBefore(path, tree);
  text = '2';
  before.pass('types', CODE);
  text = '1';
  expect(seenBefore(path, tree).has('types', CODE)).toBe(false);
});

test('what has not passed, or where nobody can list the files, is looked at', () => {
  const path = join(folder, 'none');
  expect(seenBefore(path, { files: ['a.ts'], read: () => '1' }).has('lint', CODE)).toBe(false);
  const nobody = seenBefore(path, { files: null });
  nobody.pass('lint', CODE);
  expect(nobody.has('lint', CODE)).toBe(false);
});
