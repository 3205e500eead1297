/** Whatever a list shows is found when it is typed back: as a whole, and any piece of it that a person takes for words. */
import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { LIMITS } from '../../../src/protocol/index.js';
import { searchAsked, searchTerms } from '../../../src/server/domain/index.js';
import { administrator, type SignedIn } from '../../support/raw_peer.js';
import { runs } from '../../support/runs.js';
import { startServer, type TestServer } from '../../support/server.js';

type Shown = {
  readonly account_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
};

const SHOWS_SOMETHING = /[^\p{Default_Ignorable_Code_Point}\s]/u;

const fieldsOf = ({ account_name, first_name, last_name, email, phone }: Shown): string[] =>
  [
    account_name,
    first_name,
    last_name,
    [first_name, last_name].filter((name) => name !== null).join(' '),
    email,
    phone,
  ].filter((field) => field !== null && SHOWS_SOMETHING.test(field)) as string[];

/** Returns whether an account with these terms is found by a text, as the store asks for it. */
function isFound(terms: readonly string[], search: string): boolean {
  const { words } = searchAsked(search);
  return words.length > 0 && words.every((word) => terms.some((term) => term.startsWith(word)));
}

const canBeTyped = (text: string): boolean => Array.from(text).length <= LIMITS.search_length_max;

/** As much as can be typed, to the end of a word. */
const typed = (text: string): string => {
  const whole = text.trim();
  if (canBeTyped(whole)) return whole;
  const cut = Array.from(whole).slice(0, LIMITS.search_length_max).join('');
  return cut.replace(/\S*$/u, '').trim();
};

/** Returns the pieces of a text from a word on and to the end of a word, as people see words: between spaces and punctuation. */
function piecesOf(text: string): string[] {
  // What is nothing but invisible characters shows nothing that could be typed.
  const cuts = [
    // Letters that stand for an apostrophe are none to people.
    ...text
      .normalize('NFC')
      .replace(/[\u02b9-\u02bf\u02c8]/g, "'")
      .matchAll(
        /(?!\p{Default_Ignorable_Code_Point}+(?![\p{L}\p{M}\p{N}]))(?!\p{M})[\p{L}\p{M}\p{N}\p{Default_Ignorable_Code_Point}]+/gu,
      ),
  ];
  return cuts.flatMap(({ index: from }, at) =>
    cuts
      .slice(at, at + 4)
      .map(({ 0: last, index }) => text.normalize('NFC').slice(from, index + last.length)),
  );
}

/** The spellings in which people type what they see. */
const spellings = (text: string): string[] => [
  text,
  text.toUpperCase(),
  text.toLowerCase(),
  text.normalize('NFD'),
  // Of a symbol that stands for letters nobody types these: U+2122 behind a word would become part of it.
  /\p{S}/u.test(text) ? text : text.normalize('NFKC'),
  text.replace(/ё/g, 'е').replace(/Ё/g, 'Е'),
  text.replace(/['ʼʻ]/g, '\u2019'),
  text.replace(/\u2019/g, "'"),
  text.replace(/\u00ad|\u200d|\ufe0f/g, ''),
];

const NAMES = [
  'King Jr.',
  "O'Brien",
  'O\u2019Neill',
  'Kamehameha\u02bbi',
  'Saint-Exupéry',
  "van 't Hoff",
  'Римский-Корсаков',
  'Пётр Ильич',
  'Щёлоков',
  'Sørensen (née Öberg)',
  'Straße & Söhne',
  'Νίκος Παπαδόπουλος',
  'ΟΔΥΣΣΕΥΣ',
  'İstanbullu Işık',
  'Jean\u2010Luc',
  'd\u2019Arc',
  '山田太郎',
  'ヤマダ タロウ',
  '김철수',
  'สมชาย ใจดี',
  'محمد بن سلمان',
  'Exu\u00adpéry',
  'Zoë_van der Berg',
  'X Æ A-12',
  '3rd / 4th',
  'C++',
  '&',
  '💃 Ana 👩🏽\u200d🚀',
  '12 34',
  '\ufc5e\ufe100',
] as const;
const EMAILS = [
  'anna@mail.example.org',
  'jean-luc.picard+ship@ncc-1701.example.org',
  'иван@почта.рф',
  "o'brien@example.org",
  'a_b.c~d@sub.example.co.uk',
] as const;
const PHONES = ['+7 (900) 123-45-67', '+79001234567', '8 800 555.35.35', '112-0'] as const;

describe('the splitter', () => {
  const text = fc.oneof(
    fc.constantFrom(...NAMES),
    fc
      .array(
        fc.oneof(
          fc.constantFrom(...NAMES, ' ', '.', '-', "'", ', ', ' - '),
          fc.string({ unit: 'grapheme', maxLength: 8 }),
        ),
        {
          minLength: 1,
          maxLength: 5,
        },
      )
      .map((parts) =>
        parts
          .join('')
          .replace(/\p{Cc}|\p{Zl}|\p{Zp}/gu, '')
          .trim(),
      ),
  );
  const account: fc.Arbitrary<Shown> = fc.record({
    account_name: fc.constantFrom('anna', 'mary.ann-12', 'o_brien', 'юлия', 'straße', '山田'),
    first_name: fc.option(text),
    last_name: fc.option(text),
    email: fc.option(fc.constantFrom(...EMAILS)),
    phone: fc.option(fc.constantFrom(...PHONES)),
  });

  test('each field and each piece of it is found, in every spelling', () => {
    fc.assert(
      fc.property(account, (shown) => {
        const terms = searchTerms(shown);
        for (const field of fieldsOf(shown)) {
          for (const piece of [field, ...piecesOf(field)]) {
            for (const spelling of spellings(typed(piece))) {
              const search = spelling.trim();
              if (search === '' || !canBeTyped(search)) continue;
              if (!isFound(terms, search)) expect([field, search, searchAsked(search)]).toBe(terms);
            }
          }
        }
      }),
      { numRuns: runs(240) },
    );
  });

  test('a telephone number is found however it is grouped, from any of its digits on', () => {
    for (const phone of PHONES) {
      const terms = searchTerms({
        account_name: 'anna',
        first_name: null,
        last_name: null,
        email: null,
        phone,
      });
      const digits = phone.replace(/\D/g, '');
      for (let from = 0; from < digits.length; from += 1) {
        const end = digits.slice(from);
        const grouped = [
          end,
          `+${end}`,
          `(${end.slice(0, 3)}) ${end.slice(3)}`,
          end.replace(/(..)/g, '$1 '),
          end.replace(/(..)/g, '$1-'),
        ];
        for (const search of grouped) expect(isFound(terms, search), search).toBe(true);
      }
      expect(isFound(terms, '999')).toBe(false);
    }
  });

  test('it is bounded, whatever a field holds', () => {
    for (const text of [
      '\ufdfa'.repeat(100),
      'a '.repeat(50),
      '山'.repeat(100),
      '💃'.repeat(100),
      '& '.repeat(50),
    ]) {
      const terms = searchTerms({
        account_name: 'anna',
        first_name: text,
        last_name: text,
        email: 'a@b.cd',
        phone: '1'.repeat(30),
      });
      expect(terms.length).toBeLessThanOrEqual(400);
      for (const term of terms) expect(Array.from(term).length).toBeLessThanOrEqual(64);
      expect(searchAsked(text.slice(0, 64)).words.length).toBeLessThanOrEqual(8);
    }
  });

  test('no field of ordinary length has words that are left out', () => {
    const letters = Array.from({ length: 50 }, (_, n) => String.fromCodePoint(0x4e00 + n)).join(' ');
    const shown = {
      account_name: 'anna',
      first_name: letters,
      last_name: letters,
      email: `${'a.'.repeat(31)}z@b.cd`,
      phone: '1'.repeat(30),
    };
    const terms = searchTerms(shown);
    for (const field of fieldsOf(shown))
      for (const piece of piecesOf(field).filter(canBeTyped)) expect(isFound(terms, piece)).toBe(true);
  });
});

describe('on a server', () => {
  let server: TestServer;
  let boss: SignedIn;
  const made = new Map<string, Shown>();

  beforeAll(async () => {
    server = await startServer();
    boss = await administrator(server);
    for (const [n, name] of NAMES.entries()) {
      const email = EMAILS[n];
      const phone = PHONES[n];
      const user = {
        account_name: `${['person', 'mary.ann', 'o_neil', 'юлия'][n % 4] ?? ''}.x${n}`.replace(
          'юлия.x',
          'юлия.',
        ),
        ...(n % 2 === 0 ? { first_name: name, last_name: `de ${name}` } : { last_name: name }),
        ...(email === undefined ? {} : { email }),
        ...(phone === undefined ? {} : { phone }),
      };
      const shown = (await boss.peer.call('create_user', { user })).user;
      made.set(shown.account_id, shown);
    }
  });
  afterAll(async () => {
    await boss[Symbol.asyncDispose]();
    await server[Symbol.asyncDispose]();
  });

  test('each field and each piece of it finds its row', async () => {
    for (const [account_id, shown] of made) {
      for (const field of fieldsOf(shown)) {
        for (const piece of new Set([field, ...piecesOf(field)].map(typed).filter(Boolean))) {
          const { users, total_is_exact } = await boss.peer.call('list_users', { search: piece, limit: 200 });
          expect(
            users.map((user) => user.account_id),
            piece,
          ).toContain(account_id);
          expect(total_is_exact).toBe(true);
        }
      }
    }
  });

  test.each([
    ["o'brien", 2],
    ['o neil', 7],
    ['exupery', 0],
    ['saint ex', 1],
    ['saintex', 0],
    ['king. jr', 1],
    ['щелоков', 1],
    ['корсаков римский', 1],
    ['太郎', 1],
    ['철수', 1],
    ['example.org', 3],
    ['900 1234567', 2],
    ['(900)', 2],
    ['\u00ad\u00ad', 0],
  ])('%j finds %i', async (search, count) => {
    const { users, total } = await boss.peer.call('list_users', { search, limit: 200 });
    expect([users.length, total]).toEqual([count, count]);
  });

  test('the longest texts that a list shows are found as they are, and so is each of their words', async () => {
    const label = (letter: string, length: number): string => letter.repeat(length);
    const email = `${label('e', 60)}.${label('f', 3)}@${[63, 63, 57].map((n) => label('g', n)).join('.')}.org`;
    const first_name = `${'Ana María José '.repeat(6)}Lucía Mara`;
    const last_name = label('Ñ', 100);
    expect([email, first_name, last_name].map((text) => Array.from(text).length)).toEqual([254, 100, 100]);
    const user = { account_name: 'of.the.longest', first_name, last_name, email };
    const { account_id } = (await boss.peer.call('create_user', { user })).user;
    const texts = [
      email,
      `${first_name} ${last_name}`,
      last_name,
      'José Lu',
      email.slice(email.indexOf('@') + 1),
    ];
    for (const search of texts) {
      const { users, total_is_exact } = await boss.peer.call('list_users', { search });
      expect(
        users.map((found) => found.account_id),
        search,
      ).toEqual([account_id]);
      expect(total_is_exact).toBe(true);
    }
    await boss.peer.call('delete_user', { account_id });
  });

  test('a changed number is found, the old one no more', async () => {
    const [account_id = ''] = made.keys();
    await boss.peer.call('update_user', { account_id, changes: { phone: '+49 30 998877' } });
    expect(await boss.peer.call('list_users', { search: '030 998877' })).toMatchObject({ total: 0 });
    expect(await boss.peer.call('list_users', { search: '+4930998877' })).toMatchObject({ total: 1 });
    await boss.peer.call('update_user', { account_id, changes: { phone: null } });
    expect(await boss.peer.call('list_users', { search: '998877' })).toMatchObject({ total: 0 });
  });
});
