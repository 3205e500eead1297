import { describe, expect, test } from 'vitest';
import { createLog, visible } from '../../../src/server/runtime/index.js';
import { LogDestination } from '../../../src/server/runtime/log_destination.js';
import { Strangers } from '../../../src/server/runtime/strangers.js';

/** What a terminal obeys, what turns text around, what can't be seen, and a heap of marks. */
const BAD = 'a\u{1b}[2Jb\u{9b}31mc\u{202e}d\u{200b}e\u{fe0f}f\u{34f}g\u{e0041}h\u{7f}';
const DRAWS = /[\p{Cc}\p{Cf}\p{Default_Ignorable_Code_Point}]/u;

function logged(work: (log: ReturnType<typeof createLog>) => void): { text: string; lines: unknown[] } {
  const written: string[] = [];
  work(createLog('debug', 'json', { write: (line: string) => written.push(line) }));
  return { text: written.join(''), lines: written.map((line) => JSON.parse(line) as unknown) };
}

describe('foreign text in the log', () => {
  test('can not draw, however deep it lies', () => {
    const bad = 'a\u{1b}[2Jb\u{202e}c\u{200b}';
    const { lines } = logged((log) =>
      log.info({ text: bad, deep: { list: [{ [bad]: bad }, bad], none: null, at: 5, yes: true } }, 'told'),
    );
    const shown = 'a\\u{1b}[2Jb\\u{202e}c\\u{200b}';
    expect(lines[0]).toMatchObject({
      text: shown,
      deep: { list: [{ [shown]: shown }, shown], none: null, at: 5, yes: true },
    });
  });

  class Wrapped {
    readonly inside = BAD;
  }
  const fault = Object.assign(new TypeError(BAD, { cause: new Error(BAD) }), { code: BAD });
  test.each([
    ['an error under err', { err: fault }],
    ['an error under another name', { reason: fault }],
    ['an object of a class', { one: new Wrapped() }],
    ['a map and a set', { map: new Map([[BAD, { [BAD]: BAD }]]), set: new Set([BAD]) }],
    ['something that says itself what it is', { it: { toJSON: () => ({ [BAD]: BAD }) } }],
    ['a thing without a prototype', { it: Object.assign(Object.create(null) as object, { [BAD]: BAD }) }],
    ['a symbol', { it: Symbol(BAD) }],
  ])('can not draw from %s', (_name, fields) => {
    const { text, lines } = logged((log) => log.warn(fields, `told ${BAD}`));
    expect(text.trimEnd()).not.toMatch(DRAWS);
    // Not one escape of JSON either, behind which it would come back.
    expect(JSON.stringify(lines[0])).not.toMatch(/\\u00|\\u20/);
    expect(text).toContain('a\\\\u{1b}[2Jb\\\\u{9b}31mc\\\\u{202e}d');
  });

  test('can not draw as the text of an error that is logged alone', () => {
    const { text } = logged((log) => log.error(fault));
    expect(text.trimEnd()).not.toMatch(DRAWS);
    expect(text).toContain('TypeError');
  });

  test('is bounded: circles, depth, length, bytes, heaps of marks', () => {
    const circle: Record<string, unknown> = {};
    circle['self'] = circle;
    const { text } = logged((log) =>
      log.info(
        { circle, many: Array(5_000).fill('x'), bytes: Buffer.alloc(9_999), long: 'y'.repeat(9_999) },
        'z',
      ),
    );
    expect(text.length).toBeLessThan(3_000);
    expect(text).toContain('"bytes":"[9999 bytes]"');
    expect(visible(`a${'\u{301}\u{302}'.repeat(50)}b`).length).toBeLessThan(12);
  });
});

describe('a reader that stops to read', () => {
  class Pipe {
    writableLength = 0;
    readonly taken: string[] = [];
    #drain = (): void => undefined;
    on(_event: 'drain', listener: () => void): void {
      this.#drain = listener;
    }
    write(line: string): void {
      this.taken.push(line);
      this.writableLength += line.length;
    }
    read(): void {
      this.writableLength = 0;
      this.#drain();
    }
  }

  test('costs a megabyte and no more; what was dropped is told in its place when the reader reads again', async () => {
    const pipe = new Pipe();
    const log = new LogDestination(pipe, (lines, bytes) => `dropped ${lines} ${bytes}\n`);
    const line = `${'x'.repeat(999)}\n`;
    for (let n = 0; n < 5_000; n += 1) log.write(line);
    expect(pipe.writableLength).toBeLessThanOrEqual(1024 * 1024);
    const kept = pipe.taken.length;
    expect(await log.drained(0)).toBe(false);
    pipe.read();
    expect(pipe.taken.slice(kept)).toEqual([`dropped ${5_000 - kept} ${(5_000 - kept) * 1_000}\n`]);
    log.write('and on\n');
    expect(pipe.taken.at(-1)).toBe('and on\n');
    pipe.read();
    expect(pipe.taken).toHaveLength(kept + 2);
    expect(await log.drained(0)).toBe(true);
  });

  test('the line is one of the log, in both of its forms', () => {
    for (const format of ['json', 'pretty'] as const) {
      const pipe = new Pipe();
      const log = createLog('info', format, pipe);
      for (let n = 0; n < 30_000; n += 1) log.info({ n }, 'told');
      pipe.read();
      expect(pipe.taken.at(-1)).toMatch(
        format === 'json' ? /"lines":\d+,"bytes":\d+,"msg":"lines of/ : /lines of this log/,
      );
    }
  });
});

describe('what strangers can bring about', () => {
  const told: Record<string, unknown>[] = [];
  const fresh = (): Strangers => {
    told.length = 0;
    return new Strangers((fields) => told.push(fields));
  };

  test('the first handshake that is refused is a line, the others are one a minute with reasons and addresses', () => {
    const strangers = fresh();
    const written = Array.from({ length: 1_000 }, (_, n) =>
      strangers.pass('handshake', n % 10 === 0 ? '192.0.2.2' : '192.0.2.1', 'hmac error'),
    ).filter(Boolean);
    expect(written).toHaveLength(1);
    strangers.tell();
    expect(told).toEqual([
      {
        flood: 'handshake',
        count: 999,
        reasons: { 'hmac error': 999 },
        addresses: 2,
        most: { '192.0.2.1': 900, '192.0.2.2': 99 },
      },
    ]);
    // Then a new minute begins; nothing is told of a quiet one.
    expect(strangers.pass('handshake', '192.0.2.1', 'hmac error')).toBe(true);
    strangers.tell();
    expect(told).toHaveLength(1);
  });

  test('one address can not hide another one’s lines, and many together are bounded', () => {
    const strangers = fresh();
    let written = 0;
    for (let n = 0; n < 5_000; n += 1)
      written += strangers.pass('request', 'loud', 'authenticate throttled') ? 1 : 0;
    expect(written).toBe(20);
    expect(strangers.pass('request', 'quiet', 'authenticate invalid_credentials')).toBe(true);
    for (let n = 0; n < 100_000; n += 1) written += strangers.pass('request', `a${n}`, `r${n}`) ? 1 : 0;
    expect(written).toBeLessThanOrEqual(120);
    strangers.tell();
    const [{ count, reasons, addresses, most } = {}] = told;
    expect(count).toBe(5_000 + 100_000 - written);
    expect(Object.keys(reasons as object).length).toBeLessThanOrEqual(101);
    expect(addresses).toBeLessThanOrEqual(1_001);
    expect(Object.keys(most as object)).toHaveLength(5);
    expect(most).toMatchObject({ loud: 4_980 });
  });

  test('the minute ends by itself', async () => {
    const ended = await new Promise<Record<string, unknown>>((resolve) => {
      const strangers = new Strangers(resolve, 1);
      for (let n = 0; n < 7; n += 1) strangers.pass('tls', '192.0.2.1', 'too slow');
      // Its own timer keeps no process alive, and this test is one.
      setTimeout(() => null, 1_000);
    });
    expect(ended).toMatchObject({ flood: 'tls', count: 2 });
  });
});
