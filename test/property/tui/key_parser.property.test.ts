import fc from 'fast-check';
import { expect, it } from 'vitest';
import { KeyParser, type KeyEvent } from '../../../src/tui/input/index.js';
import { runs } from '../../support/runs.js';

const fragments = [
  '\x1b',
  '\x1b[',
  '\x1bO',
  '\x1b]',
  '\x1bP',
  '\x1b_',
  '\x1b\\',
  '\x1b[A',
  '\x1b[1;5P',
  '\x1b[200~',
  '\x1b[201~',
  '\x1b[M',
  '\x1b[<0;3;4M',
  '\x1b[97:65:99;5:1u',
  '\x1b[27;5;13~',
  '\x1b[[',
  '\x1b[7$',
  ';',
  ':',
  '1',
  '~',
  'u',
  '\x07',
  '\r',
  '\x7f',
  'ж',
  '日',
  '👍',
  '\x9b',
];
const bytes = fc
  .array(
    fc.oneof(
      fc.constantFrom(...fragments).map((s) => Buffer.from(s)),
      fc.uint8Array({ maxLength: 4 }),
    ),
    {
      maxLength: 30,
    },
  )
  .map((parts) => Buffer.concat(parts));

function whole(input: Buffer): KeyEvent[] {
  const parser = new KeyParser();
  return [...parser.feed(input), ...parser.flush()];
}

it('any split of any bytes gives the same events, and nothing throws', () => {
  fc.assert(
    fc.property(bytes, fc.array(fc.nat({ max: 120 })), (input, cuts) => {
      const parser = new KeyParser();
      const events: KeyEvent[] = [];
      let from = 0;
      for (const cut of [...cuts.sort((a, b) => a - b), input.length]) {
        const to = Math.min(Math.max(cut, from), input.length);
        events.push(...parser.feed(input.subarray(from, to)));
        from = to;
      }
      events.push(...parser.flush());
      expect(events).toEqual(whole(input));
    }),
    { numRuns: runs(3000) },
  );
});

it('text arrives as typed: one key per code point, whether bytes or strings', () => {
  fc.assert(
    fc.property(fc.string({ unit: 'grapheme' }), fc.nat(), (text, at) => {
      const typed = Array.from(text).filter((char) => !/[\x00-\x1f\x7f-\x9f]/.test(char));
      const cut = at % (text.length + 1);
      const parser = new KeyParser();
      const events = [...parser.feed(text.slice(0, cut)), ...parser.feed(text.slice(cut))];
      expect(
        events.flatMap((event) => (event.type === 'key' && event.text !== undefined ? [event.text] : [])),
      ).toEqual(typed);
    }),
  );
});

it('a timeout anywhere never throws, and the parser always comes back', () => {
  fc.assert(
    fc.property(fc.array(bytes, { maxLength: 5 }), (chunks) => {
      const parser = new KeyParser();
      for (const chunk of chunks) {
        parser.feed(chunk);
        parser.flush();
      }
      // The end of a paste, of a mouse report, and of a string, whichever is open.
      parser.feed('\x1b[201~\x1b\\\r\r\r');
      parser.flush();
      expect(parser.feed('q')).toMatchObject([{ name: 'q' }]);
    }),
    { numRuns: runs(1000) },
  );
});
