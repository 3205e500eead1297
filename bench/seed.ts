/**
 * Fills a server's database with invented accounts, fast: one transaction, prepared inserts, indexes built afterwards.
 * The schema is the server's own; the server must have made it and must not be running. Always the same accounts.
 *
 *   npx tsx bench/seed.ts FOLDER COUNT [SESSIONS]      all passwords are `correct horse battery staple`
 */
import { createHash } from 'node:crypto';
import { join } from 'node:path';
import { pathToFileURL } from 'node:url';
import Database from 'better-sqlite3';
import * as scryptModule from 'scrypt-kdf';
import { canonicalEmail, nameSkeleton, searchTerms } from '../src/server/domain/index.js';
import { DATABASE_FILE } from '../src/server/store/index.js';

// The package exports one default object at run time; its type file describes the members of that object instead.
const Scrypt = (scryptModule as unknown as { readonly default: typeof scryptModule }).default;

export const PASSWORD = 'correct horse battery staple';

/** The first so many accounts are active and so can sign in; what is behind them is mixed. */
const ACTIVE = 1_000;

export type SeedOptions = {
  readonly accounts: number;
  /** The first so many accounts have one live session each. */
  readonly sessions: number;
  /** log2 of the password hash's N. */
  readonly log_n: number;
};

const FIRST = (
  'anna boris clara dmitri elena felix greta hugo irina jonas katya leon maria nikolai olga pavel quinn rosa stefan ' +
  'tanya ulrich vera walter xenia yuri zoe adele bruno carmen daniel emil fatima gustav helga ivan julia karl linda ' +
  'marco nadia oskar petra ramon sofia tomas ursula viktor wanda yara zeno alina basil cecile david edith florian ' +
  'gloria henrik ines jakob klara lukas magda niels oona patrick regina simon thea urban valeria wilma yvonne'
).split(' ');
const LAST = (
  'petrova ivanov muller schmidt garcia lopez rossi bianchi dupont martin novak svoboda kowalski nowak jensen hansen ' +
  'larsen nilsson berg lind korhonen virtanen kaya demir silva santos costa pereira popescu ionescu horvath nagy ' +
  'fischer weber wagner becker hoffmann koch richter klein wolf neumann schwarz braun zimmermann kruger hartmann lange ' +
  'werner krause lehmann maier huber mayer fuchs peters lang scholz moller weiss jung hahn vogel friedrich keller ' +
  'gunther frank berger winkler roth beck lorenz baumann franke albrecht schuster simon ludwig bohm winter kraus ' +
  'zhukova'
).split(' ');

const DAY_MS = 86_400_000;
const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';

/** The session token of the account of this number, when it has a session. */
export const tokenOf = (number: number): string =>
  `pcs_${createHash('sha256').update(`bench session ${number}`).digest('base64url')}`;

/** 20 characters from a hash: ids must be spread like real ones, because indexes are built over them. */
function idOf(prefix: 'a' | 's', number: number): string {
  const bytes = createHash('sha256').update(`bench ${prefix} ${number}`).digest();
  let id = `${prefix}_`;
  for (let index = 0; index < 20; index += 1) id += DIGITS.charAt((bytes[index] ?? 0) % DIGITS.length);
  return id;
}

export const accountIdOf = (number: number): string => idOf('a', number);
/** The session of the account of this number, when it has one. */
export const sessionIdOf = (number: number): string => idOf('s', number);

const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

/** Spreads a number over 0 ≤ x < 1, always the same way. [Knuth, TAOCP 6.4: multiplicative hashing] */
const spread = (number: number, salt: number): number =>
  (Math.imul(number + salt, 2654435761) >>> 0) / 2 ** 32;

export type SeededAccount = {
  readonly account_id: string;
  readonly account_name: string;
  readonly first_name: string;
  readonly last_name: string;
  readonly email: string | null;
  readonly status: 'active' | 'pending' | 'suspended';
};

export function accountOf(number: number): SeededAccount {
  const first = FIRST[number % FIRST.length] ?? '';
  const last = LAST[Math.floor(number / FIRST.length) % LAST.length] ?? '';
  const turn = Math.floor(number / (FIRST.length * LAST.length));
  const account_name = turn === 0 ? `${first}.${last}` : `${first}.${last}.${turn}`;
  const kind = spread(number, 1);
  return {
    account_id: accountIdOf(number),
    account_name,
    first_name: capital(first),
    last_name: capital(last),
    // Seven in ten have an address.
    email: spread(number, 2) < 0.7 ? `${account_name}@mail${number % 50}.test` : null,
    status: number < ACTIVE || kind < 0.96 ? 'active' : kind < 0.98 ? 'pending' : 'suspended',
  };
}

/** So many accounts' words are kept in memory until they are sorted. */
const IN_MEMORY_MAX = 2_000_000;

/**
 * Fills the database of a data folder. Account 0 is an administrator, one in a thousand is a moderator, two in a hundred
 * are suspended and as many pending.
 */
export async function seed(folder: string, options: SeedOptions): Promise<void> {
  const block = await Scrypt.kdf(Buffer.from(PASSWORD), { logN: options.log_n, r: 8, p: 1 });
  const password_hash = Buffer.from(block).toString('base64');
  const db = new Database(join(folder, DATABASE_FILE), { fileMustExist: true });
  try {
    db.pragma('journal_mode = DELETE');
    db.pragma('journal_mode = OFF');
    db.pragma('synchronous = OFF');
    db.pragma('locking_mode = EXCLUSIVE');
    // The indexes that are filled in no order have to fit, KiB; with more than a few million accounts their words don't, besides.
    db.pragma(`cache_size = -${Math.max(1_000_000, options.accounts)}`);
    db.pragma(`temp_store = ${options.accounts > IN_MEMORY_MAX ? 'FILE' : 'MEMORY'}`);
    fill(db, options, password_hash);
    db.pragma('locking_mode = NORMAL');
    db.pragma('journal_mode = WAL');
  } finally {
    db.close();
  }
}

function fill(db: Database.Database, { accounts, sessions }: SeedOptions, password_hash: string): void {
  const now = Date.now();
  const indexes = db
    .prepare<[], { name: string; sql: string }>(
      `SELECT name, sql FROM sqlite_schema WHERE type = 'index' AND sql IS NOT NULL
       AND tbl_name IN ('accounts', 'account_roles', 'account_terms')`,
    )
    .all();
  db.exec('BEGIN');
  for (const { name } of indexes) db.exec(`DROP INDEX ${name}`);
  db.exec('CREATE TEMP TABLE terms (term TEXT NOT NULL, account_id TEXT NOT NULL)');
  const insertAccount = db.prepare(
    `INSERT INTO accounts (account_id, account_name, first_name, last_name, email, email_canonical, phone, bio,
       picture_url, locale, status, password_hash, password_changed_at, created_at, updated_at, last_seen_at,
       name_skeleton)
     VALUES (?, ?, ?, ?, ?, ?, NULL, NULL, NULL, NULL, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const insertRole = db.prepare('INSERT INTO account_roles (account_id, role) VALUES (?, ?)');
  const insertTerm = db.prepare('INSERT INTO temp.terms (term, account_id) VALUES (?, ?)');
  const insertSession = db.prepare(
    `INSERT INTO sessions (session_id, account_id, token_hash, key_id, client_name, client_version, os, host_name,
       address, created_at, last_active_at, idle_expires_at, expires_at)
     VALUES (?, ?, ?, 'local', 'bench', '1', 'linux', 'lab', '127.0.0.1', ?, ?, ?, ?)`,
  );
  for (let number = 0; number < accounts; number += 1) {
    const account = accountOf(number);
    const created_at = now - 1000 * DAY_MS + Math.floor((number / accounts) * 999 * DAY_MS);
    const last_seen_at = spread(number, 3) < 0.1 ? 0 : now - Math.floor(spread(number, 4) * 90 * DAY_MS);
    // Whoever has a session is active.
    const status = number < sessions ? 'active' : account.status;
    const hash = status === 'pending' ? null : password_hash;
    insertAccount.run(
      account.account_id,
      account.account_name,
      account.first_name,
      account.last_name,
      account.email,
      account.email === null ? null : canonicalEmail(account.email),
      status,
      hash,
      hash === null ? null : created_at,
      created_at,
      created_at,
      last_seen_at,
      nameSkeleton(account.account_name),
    );
    insertRole.run(account.account_id, 'user');
    if (number === 0) insertRole.run(account.account_id, 'admin');
    else if (number % 1000 === 7) insertRole.run(account.account_id, 'moderator');
    for (const term of searchTerms(account)) insertTerm.run(term, account.account_id);
  }
  // In the order of the table, so that a million accounts don't become millions of jumps.
  db.exec('INSERT INTO account_terms SELECT term, account_id FROM temp.terms ORDER BY term, account_id');
  db.exec('DROP TABLE temp.terms');
  for (let number = 0; number < sessions; number += 1) {
    insertSession.run(
      sessionIdOf(number),
      accountIdOf(number),
      createHash('sha256').update(tokenOf(number)).digest(),
      now,
      now,
      now + 30 * DAY_MS,
      now + 180 * DAY_MS,
    );
  }
  for (const { sql } of indexes) db.exec(sql);
  db.exec('COMMIT');
}

if (process.argv[1] !== undefined && import.meta.url === pathToFileURL(process.argv[1]).href) {
  const [folder, count = '1000', sessions = '1000'] = process.argv.slice(2);
  if (folder === undefined) throw new Error('usage: tsx bench/seed.ts FOLDER COUNT [SESSIONS]');
  const began = performance.now();
  await seed(folder, {
    accounts: Number(count),
    sessions: Math.min(Number(sessions), Number(count)),
    log_n: 17,
  });
  console.log(`${count} accounts in ${((performance.now() - began) / 1000).toFixed(1)} s`);
}
