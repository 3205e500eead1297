/** What the build changes in libraries must not change what they give. */
import { mkdtempSync, rmSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { build } from 'esbuild';
import stringWidth from 'string-width';
import { afterAll, beforeAll, expect, test } from 'vitest';
import { bundleEdits } from '../../scripts/bundle_edits.mjs';
import { NAUGHTY_STRINGS } from '../support/naughty_strings.js';

const folder = mkdtempSync(join(tmpdir(), 'portcullis-edits-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

type Edited = {
  readonly stringWidth: typeof stringWidth;
  readonly renderToString: (element: unknown) => string;
  readonly Text: unknown;
  readonly createElement: (type: unknown, props: object, text: string) => unknown;
};
let edited: Edited;

beforeAll(async () => {
  const outfile = join(folder, 'edited.mjs');
  await build({
    stdin: {
      contents: `
        export { default as stringWidth } from 'string-width';
        export { renderToString, Text } from 'ink';
        export { createElement } from 'react';
        export * from 'zod';`,
      resolveDir: import.meta.dirname,
    },
    outfile,
    bundle: true,
    platform: 'node',
    format: 'esm',
    logLevel: 'silent',
    plugins: [bundleEdits],
    banner: { js: "import { createRequire } from 'node:module'; const require = createRequire('/');" },
  });
  // The entry above exports exactly this.
  edited = (await import(pathToFileURL(outfile).href)) as Edited;
});

test('the width of a text stays what it was', () => {
  const sequences = [
    '👍🏽',
    '👩‍💻',
    '🇩🇪',
    '1️⃣',
    '1⃣',
    '#',
    '❤',
    '❤️',
    '☺',
    'é',
    'ﾞ',
    '각',
    'a\u001b[31m—\u001b[39m日',
  ];
  for (const text of [...NAUGHTY_STRINGS, ...sequences]) {
    expect([text, edited.stringWidth(text)]).toEqual([text, stringWidth(text)]);
  }
  // Scripts, signs and emoji; the ideographs between them are all alike.
  for (const [from, to] of [
    [0x80, 0x3200],
    [0xd7a0, 0x10000],
    [0x1f000, 0x1fb00],
  ] as const) {
    for (let code = from; code < to; code += 1) {
      const text = `a${String.fromCodePoint(code)}`;
      if (edited.stringWidth(text) !== stringWidth(text)) expect.unreachable(`U+${code.toString(16)}`);
    }
  }
});

test('Ink lays out, and still cuts what is too long', () => {
  const text = edited.createElement(edited.Text, { wrap: 'truncate-end' }, '日本 '.repeat(60));
  expect(stringWidth(edited.renderToString(text))).toBe(80);
});
