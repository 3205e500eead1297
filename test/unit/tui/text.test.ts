import fc from 'fast-check';
import stringWidth from 'string-width';
import { describe, expect, it } from 'vitest';
import {
  clean,
  fit,
  graphemes,
  isOneCellText,
  showControls,
  width,
  wrap,
} from '../../../src/tui/text/index.js';
import { codePoint } from '../../support/arbitraries.js';

const corpus: [name: string, raw: string, shown: string][] = [
  ['CSI clear', 'a\x1b[2Jb', 'a␛[2Jb'],
  ['SGR', '\x1b[31mred\x1b[0m', '␛[31mred␛[0m'],
  ['OSC 52 clipboard', '\x1b]52;c;cm0gLXJm\x07', '␛]52;c;cm0gLXJm␇'],
  ['OSC 0 title', '\x1b]0;owned\x07', '␛]0;owned␇'],
  ['OSC 8 link', '\x1b]8;;http://x\x1b\\text\x1b]8;;\x1b\\', '␛]8;;http://x␛\\text␛]8;;␛\\'],
  ['DCS', '\x1bPq#0\x1b\\', '␛Pq#0␛\\'],
  ['C1 CSI', 'a\x9b2Jb', 'a·2Jb'],
  ['C1 OSC and ST', '\x9d0;t\x9c', '·0;t·'],
  ['NEL', 'a\x85b', 'a·b'],
  ['carriage return', 'admin\rguest', 'admin␍guest'],
  ['newline', 'a\nb', 'a␊b'],
  ['tab', 'a\tb', 'a␉b'],
  ['bell', 'ding\x07', 'ding␇'],
  ['backspace', 'root\b\b\b\bivan', 'root␈␈␈␈ivan'],
  ['NUL and DEL', '\0\x7f', '␀␡'],
  ['bidi override', 'a\u202etxt.exe', 'a·txt.exe'],
  ['bidi isolates', '\u2066a\u2069\u200f', '·a··'],
  ['arabic letter mark', 'a\u061cb', 'a·b'],
  ['zero-width space', 'ad\u200bmin', 'ad·min'],
  ['zero-width joiner', '👩\u200d💻', '👩·💻'],
  ['word joiner, BOM', 'a\u2060b\ufeff', 'a·b·'],
  ['soft hyphen', 'a\u00adb', 'a·b'],
  ['line and paragraph separator', 'a\u2028b\u2029c', 'a·b·c'],
  ['tag characters', 'a\u{e0041}\u{e007f}', 'a··'],
  ['selector after a letter', 'a\ufe0fb\u{e0100}', 'a·b·'],
  ['selectors in a row', '❤\ufe0f\ufe0f', '❤\ufe0f·'],
  ['keycap stays', '1\ufe0f\u20e3', '1\ufe0f\u20e3'],
  ['hangul filler', 'a\u3164b\uffa0', 'a·b·'],
  ['interlinear annotation', 'a\ufff9b', 'a·b'],
  ['noncharacter', 'a\uffff', 'a·'],
  ['lone surrogates', '\ud800a\udc00', '\ufffda\ufffd'],
  ['zalgo', `a${'\u0316'.repeat(40)}`, `a${'\u0316'.repeat(4)}`],
  ['mark without a base', '\u0301a', '·a'],
  ['not composed', 'e\u0301 и\u0306', 'é й'],
  ['harmless text', 'Иван 日本 👍 naïve', 'Иван 日本 👍 naïve'],
];

describe('clean', () => {
  it.each(corpus)('%s', (_name, raw, shown) => {
    expect(clean(raw)).toBe(shown);
  });

  it('keeps newlines only where asked, and no mark may sit on one', () => {
    expect(clean('a\r\nb\nc\rd', { multiline: true })).toBe('a\nb\nc␍d');
    expect(clean('a\n\u0301', { multiline: true })).toBe('a\n·');
  });

  it('caps the length in code points without cutting a grapheme', () => {
    expect(clean('abcdef', { max: 4 })).toBe('abc…');
    expect(clean('abcd', { max: 4 })).toBe('abcd');
    expect(clean('abx\u0316\u0317d', { max: 4 })).toBe('ab…');
    expect(Array.from(clean('👍'.repeat(50), { max: 10 }))).toHaveLength(10);
    expect(clean('x'.repeat(100_000)).length).toBe(8192);
  });

  it('leaves nothing dangerous, stays in bounds, and is idempotent', () => {
    fc.assert(
      fc.property(fc.string({ unit: codePoint, maxLength: 60 }), fc.boolean(), (s, multiline) => {
        const once = clean(s, { multiline, max: 40 });
        expect(once).not.toMatch(/[\x00-\x09\x0b-\x1f\x7f-\x9f\p{Cf}\p{Zl}\p{Zp}\p{Surrogate}]/u);
        if (!multiline) expect(once).not.toContain('\n');
        expect(Array.from(once).length).toBeLessThanOrEqual(40);
        expect(once).toBe(once.normalize('NFC'));
        expect(clean(once, { multiline, max: 40 })).toBe(once);
      }),
      { numRuns: 500 },
    );
  });
});

describe('measuring', () => {
  it('has a fast path only for characters that are certain to be one cell', () => {
    for (let code = 0; code < 0x10000; code++) {
      const char = String.fromCharCode(code);
      if (!isOneCellText(char)) continue;
      expect([char, stringWidth(char), char.normalize('NFC'), /\p{M}|\p{C}/u.test(char)]).toEqual([
        char,
        1,
        char,
        false,
      ]);
      expect(Array.from(new Intl.Segmenter().segment(`a${char}a`))).toHaveLength(3);
    }
  });

  it('counts wide and combined characters', () => {
    expect(width('日本')).toBe(4);
    expect(width('e\u0301')).toBe(1);
    expect(width('👍🏽')).toBe(2);
    expect(graphemes('a👍🏽é')).toEqual(['a', '👍🏽', 'é']);
  });
});

describe('fit and wrap', () => {
  it('pads and cuts', () => {
    expect(fit('ivan', 6)).toBe('ivan  ');
    expect(fit('ivan', 6, 'right')).toBe('  ivan');
    expect(fit('ivan', 7, 'center')).toBe(' ivan  ');
    expect(fit('ivanov', 4)).toBe('iva…');
    expect(fit('日本語', 4)).toBe('日… ');
    expect(fit('日', 1)).toBe('…');
    expect(fit('a\nb', 3)).toBe('a␊b');
    expect(fit('x', 0)).toBe('');
  });

  it('fills its box exactly, whatever the text', () => {
    const text = fc.oneof(
      fc.string({ unit: codePoint }),
      fc.string({ unit: 'grapheme' }),
      fc.string({ unit: fc.constantFrom('日', 'a', 'ж', '👍', 'e\u0301', '\u0d4e', 'ﾞ', '한', '\u1100') }),
    );
    fc.assert(
      fc.property(
        text,
        fc.integer({ min: 1, max: 30 }),
        fc.constantFrom('left', 'right', 'center'),
        (s, cols, align) => {
          expect(width(fit(s, cols, align))).toBe(cols);
        },
      ),
      { numRuns: 1000 },
    );
  });

  it('wraps at spaces, and inside a word only if it must', () => {
    expect(wrap('did the new app work', 8)).toEqual(['did the', 'new app', 'work']);
    expect(wrap('abcdefghij kl', 4)).toEqual(['abcd', 'efgh', 'ij', 'kl']);
    expect(wrap('a\n\nb', 4)).toEqual(['a', '', 'b']);
    expect(wrap('日本語', 4)).toEqual(['日本', '語']);
    expect(wrap('日', 1)).toEqual(['·']);
    expect(wrap('', 4)).toEqual(['']);
  });

  it('never exceeds the box and loses no word', () => {
    fc.assert(
      fc.property(
        fc.string({ unit: fc.constantFrom('日', 'a', 'ж', ' ', '👍') }),
        fc.integer({ min: 2, max: 12 }),
        (s, cols) => {
          const lines = wrap(s, cols);
          for (const line of lines) expect(width(line)).toBeLessThanOrEqual(cols);
          expect(lines.join('').replaceAll(' ', '')).toBe(s.replaceAll(' ', ''));
        },
      ),
    );
  });
});

describe('what a person types themselves', () => {
  it('shows every control, C1 and DEL as well, wherever text is fitted without being cleaned', () => {
    for (let code = 0; code <= 0x9f; code += 1) {
      if (code === 0x20) code = 0x7f;
      const shown = showControls(String.fromCharCode(code));
      expect([code, shown]).toEqual([
        code,
        code < 0x20 ? String.fromCharCode(0x2400 + code) : code === 0x7f ? '␡' : '·',
      ]);
    }
    expect(fit('a\u009b2Jb\u007f', 10)).not.toMatch(/[\u0000-\u001f\u007f-\u009f]/);
  });
});
