/** What the server and the first lines of both programs say is ASCII, whatever the terminal or the log can show. */
import { readdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { transformSync } from 'esbuild';
import { expect, test } from 'vitest';
import { CHANNEL_ERRORS } from '../../../src/client/errors.js';
import { visible } from '../../../src/server/runtime/index.js';
import { asciiText } from '../../../src/tui/theme/index.js';
import { EN } from '../../../src/tui/commands/words/en.js';

const ROOT = join(import.meta.dirname, '../../..');
const ASCII = /^[\x00-\x7f]*$/;
/** Tables of letters, of which none is ever said. */
const TABLES = new Set([
  ...['account_names', 'common_passwords', 'email_addresses', 'name_characters', 'name_looks'].map(
    (name) => `src/server/domain/${name}.ts`,
  ),
  'src/server/store/reads/users.ts',
  // Russian, for whoever reads it.
  'bin/node_version.js',
  'bin/not_loaded.js',
]);

/** The text of a file without its comments. */
function said(path: string): string {
  const loader = path.endsWith('.ts') ? 'ts' : 'js';
  return transformSync(readFileSync(join(ROOT, path), 'utf8'), {
    loader,
    charset: 'utf8',
    legalComments: 'none',
  }).code;
}

const files = ['src/server', 'bin'].flatMap((folder) =>
  readdirSync(join(ROOT, folder), { recursive: true, encoding: 'utf8' })
    .filter((name) => /\.(ts|js)$/.test(name))
    .map((name) => `${folder}/${name}`),
);

test('no file of the server says anything else', () => {
  expect(files.length).toBeGreaterThan(150);
  expect(files.filter((path) => !TABLES.has(path) && !ASCII.test(said(path)))).toEqual([]);
});

test('what others wrote keeps its letters, and what stands for the rest of it is ASCII', () => {
  expect(visible('Ёлка')).toBe('Ёлка');
  expect(visible('x'.repeat(300))).toBe(`${'x'.repeat(200)}...`);
});

test('every English sentence of the commands has an ASCII form', () => {
  const forms = Object.values(EN).flatMap((group) =>
    Object.values(group).flatMap((message: string | object) =>
      typeof message === 'string' ? [message] : Object.values(message).map(String),
    ),
  );
  const all = [...forms, ...Object.values(CHANNEL_ERRORS)];
  expect(all.length).toBeGreaterThan(300);
  expect(all.map(asciiText).filter((text) => !ASCII.test(text))).toEqual([]);
});
