import { expect, test } from 'vitest';
import { createLog } from '../../../src/server/runtime/index.js';

test('foreign text can not draw, however deep it lies', () => {
  const lines: string[] = [];
  const log = createLog('debug', 'json', { write: (line: string) => lines.push(line) });
  const bad = 'a\u{1b}[2Jb\u{202e}c\u{200b}';
  log.info({ text: bad, deep: { list: [{ [bad]: bad }, bad], none: null, at: 5, yes: true } }, 'told');
  const shown = 'a\\u{1b}[2Jb\\u{202e}c\\u{200b}';
  expect(JSON.parse(lines.join(''))).toMatchObject({
    text: shown,
    deep: { list: [{ [shown]: shown }, shown], none: null, at: 5, yes: true },
  });
});
