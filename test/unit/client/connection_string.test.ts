import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import fc from 'fast-check';
import { afterAll, describe, expect, test } from 'vitest';
import {
  AddressError,
  formatConnectionString,
  parseConnectionString,
  readLocalConnectionString,
  readLocalKey,
  type ServerAddress,
} from '../../../src/client/index.js';
import { expressionOf } from '../../support/abnf.js';
import { codePoint } from '../../support/arbitraries.js';

type Vectors = {
  readonly accepted: readonly {
    readonly name: string;
    readonly text: string;
    readonly host: string;
    readonly port: number;
    readonly key_id: string;
    readonly key_hex: string;
    readonly pin: string | null;
    readonly tls: boolean;
  }[];
  readonly refused: readonly { readonly name: string; readonly text: string; readonly reason: string }[];
};
const documents = new URL('../../../docs/', import.meta.url);
const document = readFileSync(new URL('protocol.md', documents), 'utf8');
const { connection_strings: vectors } = JSON.parse(
  readFileSync(new URL('protocol/vectors.json', documents), 'utf8'),
) as { connection_strings: Vectors };

const KEY = 'AAECAwQFBgcICQoLDA0ODxAREhMUFRYXGBkaGxwdHh8';
const PIN = `sha256-${KEY}`;
const GOOD = `portcullis://127.0.0.1:7777?key=local.${KEY}`;

/** The sentence with which `run` fails. */
function sentenceOf(run: () => unknown): string {
  try {
    run();
  } catch (error) {
    expect(error).toBeInstanceOf(AddressError);
    return (error as AddressError).message;
  }
  throw new Error('nothing was thrown');
}

const expectSentence = (sentence: string): void => {
  expect(sentence).toMatch(/^[A-Z].{15,}[.a-z/)0-9]$/);
  expect(sentence).not.toContain(KEY.slice(0, 20));
};

describe('parseConnectionString', () => {
  test('plain, with TLS, with IPv6, without a port, with space around it', () => {
    const key = { key_id: 'local', key: Buffer.from(KEY, 'base64url') };
    expect(parseConnectionString(GOOD)).toEqual({
      host: '127.0.0.1',
      port: 7777,
      key,
      pin: null,
      tls: false,
    });
    expect(parseConnectionString(`${GOOD}&pin=${PIN}`)).toMatchObject({ pin: PIN, tls: true });
    expect(parseConnectionString(`${GOOD}&tls=ca`)).toMatchObject({ pin: null, tls: true });
    expect(parseConnectionString(`portcullis://x?pin=${PIN}&key=k.${KEY}`)).toMatchObject({ tls: true });
    expect(parseConnectionString(`portcullis://[::1]:7?key=k.${KEY}`)).toMatchObject({
      host: '::1',
      port: 7,
    });
    expect(parseConnectionString(`portcullis://[fe80::1%eth0]?key=k.${KEY}`).host).toBe('fe80::1%eth0');
    expect(parseConnectionString(`portcullis://auth.example.test/?key=k.${KEY}`).port).toBe(7777);
    expect(parseConnectionString(`  ${GOOD}\r\n`).host).toBe('127.0.0.1');
  });

  test.each([
    ['nothing', ''],
    ['another scheme', GOOD.replace('portcullis', 'https')],
    ['no key', 'portcullis://localhost:7777'],
    ['no key but a pin', `portcullis://localhost:7777?pin=${PIN}`],
    ['no host', `portcullis://:7777?key=k.${KEY}`],
    ['a host with a space', `portcullis://a b:1?key=k.${KEY}`],
    ['a user', `portcullis://me@host:1?key=k.${KEY}`],
    ['a path', `portcullis://host:1/x?key=k.${KEY}`],
    ['a very long host', `portcullis://${'a.'.repeat(200)}:1?key=k.${KEY}`],
    ['IPv6 without brackets', `portcullis://::1:7777?key=k.${KEY}`],
    ['brackets without IPv6', `portcullis://[localhost]:7777?key=k.${KEY}`],
    ['a zone with a meaning', `portcullis://[fe80::1%a?b]:7777?key=k.${KEY}`],
    ['an escape sequence for a zone', `portcullis://[fe80::1%\u001b[2J]:7777?key=k.${KEY}`],
    ['port 0', `portcullis://host:0?key=k.${KEY}`],
    ['port 65536', `portcullis://host:65536?key=k.${KEY}`],
    ['a port in words', `portcullis://host:http?key=k.${KEY}`],
    ['an empty port', `portcullis://host:?key=k.${KEY}`],
    ['a key without an id', `portcullis://host:1?key=${KEY}`],
    ['an empty key id', `portcullis://host:1?key=.${KEY}`],
    ['a short key', GOOD.slice(0, -1)],
    ['a long key', `${GOOD}A`],
    ['a key with a second spelling', `${GOOD.slice(0, -1)}9`],
    ['a padded key', `${GOOD}=`],
    ['two keys', `${GOOD}&key=k.${KEY}`],
    ['an unknown part', `${GOOD}&insecure=1`],
    ['an empty part', `${GOOD}&`],
    ['a fragment', `${GOOD}#x`],
    ['an empty pin', `${GOOD}&pin=`],
    ['a pin of another hash', `${GOOD}&pin=sha1-${KEY}`],
    ['TLS of an unknown kind', `${GOOD}&tls=on`],
    ['a pin and tls=ca', `${GOOD}&pin=${PIN}&tls=ca`],
    ['tls=ca twice', `${GOOD}&tls=ca&tls=ca`],
  ])('refuses %s with a sentence that holds no key', (_what, text) => {
    expectSentence(sentenceOf(() => parseConnectionString(text)));
  });

  test('property: any text gives an address or an AddressError', () => {
    const text = fc.oneof(
      fc.string({ unit: codePoint, maxLength: 80 }),
      fc.string({ unit: codePoint, maxLength: 20 }).map((part) => GOOD.replace('127.0.0.1', part)),
      fc.string({ unit: codePoint, maxLength: 20 }).map((part) => GOOD + part),
    );
    fc.assert(
      fc.property(text, (input) => {
        try {
          parseConnectionString(input);
        } catch (error) {
          expect(error).toBeInstanceOf(AddressError);
        }
      }),
    );
  });
});

describe('the test vectors', () => {
  test.each(vectors.accepted)('accepted: $name', ({ text, host, port, key_id, key_hex, pin, tls }) => {
    expect(parseConnectionString(text)).toEqual({
      host,
      port,
      key: { key_id, key: Buffer.from(key_hex, 'hex') },
      pin,
      tls,
    });
  });

  test.each(vectors.refused)('refused: $name', ({ text, reason }) => {
    expect(() => parseConnectionString(text)).toThrow(expect.objectContaining({ fault: reason }));
  });
});

describe('the grammar in the document', () => {
  const grammar = /```abnf\n([\s\S]*?)\n```/.exec(document)?.[1] ?? '';
  const allowed = expressionOf(grammar, 'connection-string', {
    ALPHA: '[A-Za-z]',
    DIGIT: '[0-9]',
    IPv6address: '[0-9A-Fa-f:.]+',
  });
  /** What its comments say beyond the rules: how often a part stands there, how large a number is. */
  const BEYOND: ReadonlySet<string> = new Set([
    'no_key_part',
    'part_twice',
    'pin_and_authority',
    'host_form',
    'not_ipv6',
    'port_range',
  ]);

  /** The fault that the parser finds; null when it takes the string. */
  const faultOf = (text: string): string | null => {
    try {
      parseConnectionString(text);
      return null;
    } catch (error) {
      if (error instanceof AddressError) return error.fault;
      throw error;
    }
  };

  const agree = (text: string): void => {
    const fault = faultOf(text);
    const fits = allowed.test(text.trim());
    if (fault === null) expect([text, fits]).toEqual([text, true]);
    else if (fits) expect([text, BEYOND.has(fault)]).toEqual([text, true]);
  };

  test('allows what the parser takes, and refuses what it refuses but for what the comments say', () => {
    expect(allowed.test(GOOD)).toBe(true);
    expect(allowed.test(`${GOOD}=`)).toBe(false);
    for (const { text } of [...vectors.accepted, ...vectors.refused]) agree(text);
    // Both kinds are among the vectors: what the rules refuse, and what only the comments do.
    const refused_by_rules = vectors.refused.filter(({ text }) => !allowed.test(text.trim()));
    expect(refused_by_rules.length).toBeGreaterThan(20);
    expect(refused_by_rules.length).toBeLessThan(vectors.refused.length);
  });

  test('property: the same for strings with a few signs changed', () => {
    const changed = fc
      .tuple(
        fc.constantFrom(...vectors.accepted.map(({ text }) => text)),
        fc.array(fc.tuple(fc.nat(120), fc.nat(2), fc.constantFrom(...'.:[]/?&=%-_aZ09@# '.split(/(?:)/u))), {
          maxLength: 3,
        }),
      )
      .map(([text, edits]) =>
        edits.reduce((now, [at, cut, sign]) => now.slice(0, at) + sign + now.slice(at + cut), text),
      );
    fc.assert(fc.property(changed, agree), { numRuns: 2_000 });
  });
});

describe('formatConnectionString', () => {
  const bytes32 = fc.uint8Array({ minLength: 32, maxLength: 32 }).map((bytes) => Buffer.from(bytes));
  const address: fc.Arbitrary<ServerAddress> = fc
    .record({
      host: fc.oneof(fc.domain(), fc.ipV4(), fc.ipV6(), fc.constant('localhost')),
      port: fc.integer({ min: 1, max: 65_535 }),
      key: fc.record({ key_id: fc.stringMatching(/^[A-Za-z0-9_-]{1,64}$/), key: bytes32 }),
      pin: fc.option(bytes32.map((hash) => `sha256-${hash.toString('base64url')}`)),
      ca: fc.boolean(),
    })
    .map(({ ca, ...made }) => ({ ...made, tls: ca || made.pin !== null }));

  test('property: parsing what it gives is the address again', () => {
    fc.assert(
      fc.property(address, (made) => {
        expect(parseConnectionString(formatConnectionString(made))).toEqual(made);
      }),
    );
  });

  test.each<[string, Partial<ServerAddress>]>([
    ['a pin without TLS', { pin: PIN }],
    ['port 0', { port: 0 }],
    ['half a port', { port: 1.5 }],
    ['a host with a question mark', { host: 'a?b' }],
    ['a short key', { key: { key_id: 'k', key: Buffer.alloc(31) } }],
    ['a key id with a dot', { key: { key_id: 'a.b', key: Buffer.alloc(32) } }],
  ])('refuses %s with a sentence', (_what, change) => {
    const made = { ...parseConnectionString(GOOD), ...change };
    expectSentence(sentenceOf(() => formatConnectionString(made)));
  });
});

describe('readLocalConnectionString', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-string-'));
  const path = join(folder, 'connection_string');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('null when there is no file, the address that it holds, a sentence for anything else', () => {
    expect(readLocalConnectionString(folder)).toBeNull();
    writeFileSync(path, `${GOOD}&pin=${PIN}\n`);
    expect(readLocalConnectionString(folder)).toEqual(parseConnectionString(`${GOOD}&pin=${PIN}`));
    writeFileSync(path, `${KEY}\n`);
    expectSentence(sentenceOf(() => readLocalConnectionString(folder)));
  });
});

describe('readLocalKey', () => {
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-key-'));
  const path = join(folder, 'client_key.json');
  afterAll(() => rmSync(folder, { recursive: true }));

  test('null when there is no file', () => {
    expect(readLocalKey(folder)).toBeNull();
    expect(readLocalKey(join(folder, 'nowhere'))).toBeNull();
  });

  test('the key that the file holds', () => {
    writeFileSync(path, `{"key_id":"local","key":"${KEY}"}\n`);
    expect(readLocalKey(folder)).toEqual({ key_id: 'local', key: Buffer.from(KEY, 'base64url') });
  });

  test.each([
    ['no JSON', KEY],
    ['a list', '[]'],
    ['no key', '{"key_id":"local"}'],
    ['no key id', `{"key":"${KEY}"}`],
    ['half a key', `{"key_id":"local","key":"${KEY.slice(1)}"}`],
  ])('refuses a file with %s', (_what, text) => {
    writeFileSync(path, text);
    const sentence = sentenceOf(() => readLocalKey(folder));
    expect(sentence).toContain(path);
    expect(sentence).not.toContain(KEY.slice(1));
  });

  test('refuses a file that can not be read', () => {
    expect(sentenceOf(() => readLocalKey(join(path, '..', 'x\0')))).toContain('can not be read');
  });
});
