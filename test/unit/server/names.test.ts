import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { afterEach, describe, expect, it } from 'vitest';
import {
  canonicalEmail,
  canonicalAccountName,
  canonicalSignInName,
  nameSkeleton,
  newAccountName,
} from '../../../src/server/domain/index.js';
import { StoreOpenError } from '../../../src/server/store/engine.js';
import { MIGRATIONS, migrate, pendingMigrations } from '../../../src/server/store/sqlite/migrations/index.js';
import { openDatabase, type SqliteDatabase } from '../../../src/server/store/sqlite/database.js';
import { temporaryFolder } from '../../support/server.js';

/** The stored form, or the reason of the refusal. */
function verdict(name: string): string {
  const result = newAccountName(name);
  return typeof result === 'string' ? result : `refused: ${result.details[0]?.reason ?? ''}`;
}

describe('names that can be chosen, and their one form', () => {
  const GOOD: readonly (readonly [name: string, canonical: string])[] = [
    ['anna', 'anna'],
    ['Anna.Smith-2', 'anna.smith-2'],
    ['2fast', '2fast'],
    ['\uff21\uff4e\uff4e\uff41', 'anna'],
    ['Zoe\u0308', 'zo\u00eb'],
    ['ZO\u00cb', 'zo\u00eb'],
    ['Пётр', 'пётр'],
    ['ΟΔΌΣ', 'οδός'],
    ['straße', 'straße'],
    ['x\u0303yz', 'x\u0303yz'],
    ['太郎taro', '太郎taro'],
    ['\uff80\uff9b\uff73', 'タロウ'],
    ['김철수kim', '김철수kim'],
    ['מרים', 'מרים'],
    ['מרים7', 'מרים7'],
    ['مريم', 'مريم'],
    ['\u0915\u093f\u0902\u0917', '\u0915\u093f\u0902\u0917'],
    ['สมชาย', 'สมชาย'],
    ['o\u02bcneil', 'o\u02bcneil'],
    ['\u{20000}\u{20001}\u{20002}', '\u{20000}\u{20001}\u{20002}'],
    ['a'.repeat(32), 'a'.repeat(32)],
  ];
  it.each(GOOD)('%j is %j', (name, canonical) => {
    expect(verdict(name)).toBe(canonical);
  });
});

describe('names that nobody can have', () => {
  const BAD: readonly (readonly [name: string, reason: string])[] = [
    ['', 'too_short'],
    ['ab', 'too_short'],
    ['e\u0301a', 'too_short'],
    ['a'.repeat(33), 'too_long'],
    ['an na', 'character'],
    ['anna\u3000smith', 'character'],
    ['anna\u0000', 'character'],
    ['anna\u200dx', 'character'],
    ['anna\u200cx', 'character'],
    ['anna\u00adx', 'character'],
    ['anna\u202ex', 'character'],
    ['anna\u2066x', 'character'],
    ['anna\ufeff', 'character'],
    ['anna\ufe0f', 'character'],
    ['anna\u{e0041}', 'character'],
    ['anna\ud800', 'character'],
    ['anna!', 'character'],
    ['anna@home', 'character'],
    ['anna\u00b7b', 'character'],
    ['タロ・ウ', 'character'],
    ['\u{1d4b6}nna', 'character'],
    ['\u2110van', 'character'],
    ['ﬁona', 'character'],
    ['\uffa1\uffc2\uffa1', 'character'],
    ['\u1100\u1161\u1100\u1161\u1173\u1173', 'character'],
    ['anna\u0664', 'character'],
    ['\uab7a\uab87\uab87\uab7a', 'character'],
    ['\u{1f600}\u{1f600}\u{1f600}', 'character'],
    ['.anna', 'punctuation'],
    ['anna.', 'punctuation'],
    ['_anna', 'punctuation'],
    ['an..na', 'punctuation'],
    ['an.-na', 'punctuation'],
    ['__proto__', 'punctuation'],
    ['\u0301anna', 'punctuation'],
    ['\u02bcanna', 'punctuation'],
    ['12345', 'no_letter'],
    ['1.2-3', 'no_letter'],
    ['x\u0303\u0303yz', 'character'],
    ['x\u0303\u0316\u0323\u0324yz', 'character'],
    ['ab1\u0303', 'character'],
    ['\u0430nna', 'mixed_scripts'],
    ['annа', 'mixed_scripts'],
    ['οanna', 'mixed_scripts'],
    ['anna太Пётр', 'mixed_scripts'],
    ['タロウ김철수', 'mixed_scripts'],
    ['annaמרים', 'mixed_scripts'],
    ['7מרים', 'direction'],
    ['admin', 'reserved'],
    ['ADMIN', 'reserved'],
    ['\uff21\uff24\uff2d\uff29\uff2e', 'reserved'],
    ['adrnin', 'reserved'],
    ['ad.min', 'reserved'],
    ['r00t', 'reserved'],
    ['no-reply', 'reserved'],
    ['null', 'reserved'],
    ['constructor', 'reserved'],
    ['hasOwnProperty', 'reserved'],
    ['Portcullis', 'reserved'],
  ];
  it.each(BAD)('%j: %s', (name, reason) => {
    expect(verdict(name)).toBe(`refused: ${reason}`);
  });
});

describe('look-alikes have one skeleton', () => {
  it.each([
    ['paypa', '\u0440\u0430\u0443\u0440\u0430', 'a name all in Cyrillic'],
    ['coco', '\u0441\u043e\u0441\u043e', 'a name all in Cyrillic'],
    ['vovo', '\u03bd\u03bf\u03bd\u03bf', 'a name all in Greek'],
    ['modern', 'rnodern', 'rn and m'],
    ['bob', 'b0b', '0 and o'],
    ['lola', '1o1a', '1 and l'],
    ['oslo.modern', '0s1o.rn0dern', 'several at once'],
    ['οδός', 'οδόσ', 'a final sigma'],
    ['strasse', 'straße', 'a sharp s'],
    ['エロ', '工口', 'kana and Han'],
  ])('%j and %j (%s)', (one, other) => {
    expect(nameSkeleton(canonicalAccountName(other))).toBe(nameSkeleton(canonicalAccountName(one)));
  });

  it.each([
    ['anna', 'hanna'],
    ['anna.smith', 'annasmith'],
    ['anna', 'ánna'],
    ['ivan', 'lvan'],
    ['пётр', 'петр'],
  ])('%j and %j can be told apart', (one, other) => {
    expect(nameSkeleton(other)).not.toBe(nameSkeleton(one));
  });
});

describe('the name that someone types to sign in', () => {
  it.each([
    [' Anna ', 'anna'],
    ['\uff21\uff4e\uff4e\uff41', 'anna'],
    ['Anna@Example.COM', 'anna@example.com'],
    ['anna@ПРИМЕР.рф', 'anna@xn--e1afmkfd.xn--p1ai'],
  ])('%j is %j', (typed, canonical) => {
    expect(canonicalSignInName(typed)).toBe(canonical);
  });
});

describe('the migration that fills skeletons', () => {
  const folders: string[] = [];
  afterEach(() => {
    for (const folder of folders.splice(0)) rmSync(folder, { recursive: true, force: true });
  });

  const migration = MIGRATIONS.find(({ name }) => name === 'name_skeletons')!;

  /** A database as it was before the migration, with accounts of the given names, each a millisecond younger. */
  function before(accounts: readonly { name: string; email?: string; email_canonical?: string }[]): {
    db: SqliteDatabase;
    path: string;
  } {
    const folder = temporaryFolder();
    folders.push(folder);
    const path = join(folder, 'test.db');
    const db = openDatabase(path, { readonly: false });
    migrate(db, pendingMigrations(db, path).slice(0, migration.version - 1), 0);
    const insert = db.prepare(
      `INSERT INTO accounts (account_id, account_name, email, email_canonical, status, created_at, updated_at)
       VALUES (?, ?, ?, ?, 'active', ?, 0)`,
    );
    db.transaction(() => {
      for (const [index, { name, email, email_canonical }] of accounts.entries()) {
        insert.run(`a_${9999 - index}`, name, email ?? null, email_canonical ?? null, index);
      }
    })();
    return { db, path };
  }

  const rows = (db: SqliteDatabase, column: string): unknown[] =>
    db.prepare(`SELECT ${column} FROM accounts ORDER BY created_at`).pluck().all();

  it('gives each account its skeleton, and of two that look alike the older one keeps it', () => {
    const { db, path } = before([{ name: 'b0b' }, { name: 'bob' }, { name: 'anna' }, { name: '\u0430nna' }]);
    migrate(db, pendingMigrations(db, path), 1);
    expect(rows(db, 'name_skeleton')).toEqual(['bob', 'bob\u001fa_9998', 'anna', 'anna\u001fa_9996']);
    db.close();
  });

  it('goes through more accounts than one page holds', () => {
    const { db, path } = before(Array.from({ length: 2_500 }, (_, index) => ({ name: `user.${index}` })));
    migrate(db, pendingMigrations(db, path), 1);
    expect(rows(db, 'name_skeleton IS NULL').every((missing) => missing === 0)).toBe(true);
    db.close();
  });

  it('brings addresses to the form that is unique now, and leaves one whose new form is taken', () => {
    const { db, path } = before([
      { name: 'one', email: 'i@xn--e1afmkfd.xn--p1ai', email_canonical: 'i@xn--e1afmkfd.xn--p1ai' },
      { name: 'two', email: 'i@пример.рф', email_canonical: 'i@пример.рф' },
      { name: 'three', email: 'You@пример.рф', email_canonical: 'you@пример.рф' },
      { name: 'four' },
    ]);
    migrate(db, pendingMigrations(db, path), 1);
    expect(rows(db, 'email_canonical')).toEqual([
      'i@xn--e1afmkfd.xn--p1ai',
      'i@пример.рф',
      'you@xn--e1afmkfd.xn--p1ai',
      null,
    ]);
    db.close();
  });

  it('does so again for what a later rule made of them: what was stored is found by what is typed', () => {
    const { db, path } = before([{ name: 'one', email: 'a@💩.la', email_canonical: 'a@xn--ls8h.la' }]);
    const [mine, next] = pendingMigrations(db, path);
    migrate(db, [mine!], 1);
    // As the release left it in which this domain still had a form in ASCII.
    db.prepare("UPDATE accounts SET email_canonical = 'a@xn--ls8h.la'").run();
    migrate(db, [next!], 2);
    expect(rows(db, 'email_canonical')).toEqual([canonicalEmail('a@💩.la')]);
    expect(canonicalEmail('a@💩.la')).not.toBe('a@xn--ls8h.la');
    db.close();
  });

  it('is known by its name and text, and leaves the hashes of the other migrations alone', () => {
    const { db, path } = before([]);
    migrate(db, pendingMigrations(db, path), 1);
    expect(pendingMigrations(db, path)).toEqual([]);
    db.prepare("UPDATE migrations SET hash = 'other' WHERE name = 'name_skeletons'").run();
    expect(() => pendingMigrations(db, path)).toThrow(StoreOpenError);
    db.close();
  });

  it('refuses an account without a skeleton from then on', () => {
    const { db, path } = before([]);
    migrate(db, pendingMigrations(db, path), 1);
    const insert = db.prepare(
      `INSERT INTO accounts (account_id, account_name, status, created_at, updated_at)
       VALUES ('a_1', 'anna', 'active', 0, 0)`,
    );
    expect(() => insert.run()).toThrow('name_skeleton');
    db.close();
  });
});
