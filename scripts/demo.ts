/**
 * What stands behind `auth-tui --demo`: a data folder under the system's temporary folder, filled with invented people,
 * and a server on it. Prints one line when all is ready, then lives until its standard input ends or a signal comes;
 * whatever happens to the program that started it, the server stops and the folder goes.
 *
 * Always the same people. Everything is written in one transaction with the server's own schema and rules.
 */
import { spawn, type ChildProcess } from 'node:child_process';
import { createHash, randomBytes } from 'node:crypto';
import { mkdtempSync, rmSync } from 'node:fs';
import { hostname, platform, tmpdir } from 'node:os';
import { join } from 'node:path';
import { fileURLToPath } from 'node:url';
import type Database from 'better-sqlite3';
import { PasswordHasher } from '../src/server/crypto/index.js';
import { canonicalEmail, nameSkeleton, searchTerms } from '../src/server/domain/index.js';
import { DATABASE_FILE } from '../src/server/store/index.js';
import { migrate, pendingMigrations } from '../src/server/store/sqlite/migrations/index.js';
import { openDatabase } from '../src/server/store/sqlite/database.js';

const PEOPLE = 10_000;
/** The administrator as whom the demo opens. Good for this server only, which this machine alone reaches. */
const DEMO_NAME = 'demo';
const DEMO_PASSWORD = 'look around freely';
/** The least that the server takes: 2^15. */
const PASSWORD_COST = 15;
const STOP_MS = 6_000;

const MINUTE_MS = 60_000;
const HOUR_MS = 60 * MINUTE_MS;
const DAY_MS = 24 * HOUR_MS;
/** Sign-ins that lie further back are forgotten by the server: nobody was seen whose history is empty. */
const REMEMBERED_DAYS = 360;

const LATIN_FIRST = (
  'anna boris clara david elena felix greta hugo irina jonas katya leon maria nils olga pavel quinn rosa stefan tanya ' +
  'ulrich vera walter xenia yuri zoe adele bruno carmen daniel emil fatima gustav helga ivan julia karl linda marco nadia'
).split(' ');
const LATIN_LAST = (
  'andersen baker costa dupont eriksen fischer garcia hansen ionescu jensen kowalski lopez martin novak oliveira pereira ' +
  'petrova ivanova quist rossi schmidt tanaka ulrich virtanen weber xavier young zimmermann abbott bell carter dixon ellis foster grant'
).split(' ');
const CYRILLIC_FIRST = (
  'алексей борис василиса григорий дарья егор жанна захар ирина кирилл лидия михаил надежда олег полина роман светлана ' +
  'тимофей ульяна фёдор юлия яна артём вера галина диана'
).split(' ');
const CYRILLIC_LAST = (
  'иванов петров абрамов белов виноградов гончар дорошенко ермолов жуков зимин исаев ковальчук лебедь морозов никитин орлов павлюк ' +
  'романюк соколов тихий ушаков фомин хомяк цветаев чернов шевченко щукин юдин яковлев'
).split(' ');
const MACHINES = 'kazan lab lisbon thinkpad workshop desk-4 北京 офис cabin porto'.split(' ');
const SYSTEMS = ['linux', 'darwin', 'win32', 'freebsd'];

/** Spreads a number over 0 ≤ x < 1, always the same way: the finalizer of MurmurHash3. */
function spread(number: number, salt: number): number {
  let bits = Math.imul(number ^ Math.imul(salt, 0x9e3779b1), 0x85ebca6b);
  bits = Math.imul(bits ^ (bits >>> 13), 0xc2b2ae35);
  return ((bits ^ (bits >>> 16)) >>> 0) / 2 ** 32;
}
const pick = <T>(list: readonly T[], number: number, salt: number): T | undefined =>
  list[Math.floor(spread(number, salt) * list.length)];

const DIGITS = '0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz';
const idOf = (prefix: 'a' | 's', number: number): string =>
  `${prefix}_${Array.from(createHash('sha256').update(`demo ${prefix} ${number}`).digest().subarray(0, 20), (byte) => DIGITS[byte % DIGITS.length]).join('')}`;
const digestOf = (text: string): Buffer => createHash('sha256').update(text).digest();
const capital = (name: string): string => name.charAt(0).toUpperCase() + name.slice(1);

type Person = {
  readonly account_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
};

/** Invented people in a row, every third in Cyrillic. `taken` counts how often a name was given. */
function personOf(number: number, taken: Map<string, number>): Person {
  const cyrillic = number % 3 === 2;
  const [first_names, last_names] = cyrillic ? [CYRILLIC_FIRST, CYRILLIC_LAST] : [LATIN_FIRST, LATIN_LAST];
  const first = pick(first_names, number, 1) ?? '';
  const last = pick(last_names, number, 2) ?? '';
  const base = `${first}.${last}`;
  const turn = (taken.get(base) ?? 0) + 1;
  taken.set(base, turn);
  const account_name = turn === 1 ? base : `${base}${turn}`;
  const bare = spread(number, 3) < 0.1;
  return {
    account_name,
    first_name: bare ? null : capital(first),
    last_name: bare ? null : capital(last),
    email:
      spread(number, 4) < 0.7 ? `${cyrillic ? `u${number}` : account_name}@mail${number % 40}.test` : null,
  };
}

/** Operating system, machine and address of one of the invented sign-ins. */
const deviceOf = (number: number): readonly [string, string, string] => [
  pick(SYSTEMS, number, 8) ?? '',
  pick(MACHINES, number, 9) ?? '',
  number % 4 === 0 ? `2001:db8::${(number % 9000).toString(16)}` : `10.${number % 7}.3.${number % 250}`,
];

/** Fills the database. `session_token` opens the administrator's own session. */
function fill(db: Database.Database, password_hash: string, session_token: string, now: number): void {
  const account = db.prepare(
    `INSERT INTO accounts (account_id, account_name, first_name, last_name, email, email_canonical, phone, bio, locale,
       status, password_hash, password_changed_at, created_at, updated_at, last_seen_at, name_skeleton)
     VALUES (?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?, ?)`,
  );
  const role = db.prepare('INSERT INTO account_roles (account_id, role) VALUES (?, ?)');
  const term = db.prepare('INSERT INTO account_terms (term, account_id) VALUES (?, ?)');
  const session = db.prepare(
    `INSERT INTO sessions (session_id, account_id, token_hash, key_id, client_name, client_version, os, host_name,
       address, created_at, last_active_at, idle_expires_at, expires_at)
     VALUES (?, ?, ?, 'local', 'auth-tui', '0.1.0', ?, ?, ?, ?, ?, ?, ?)`,
  );
  const sign_in = db.prepare(
    `INSERT INTO sign_ins (account_id, at, method, success, failure, address, client_name, client_version, os, host_name)
     VALUES (?, ?, ?, ?, ?, ?, 'auth-tui', '0.1.0', ?, ?)`,
  );
  const insert = (
    number: number,
    person: Person,
    status: string,
    seen_at: number,
    roles: readonly string[],
    days_min: number,
  ): number => {
    const account_id = idOf('a', number);
    const { account_name, first_name, last_name, email } = person;
    const created_at =
      (seen_at === 0 ? now : seen_at) - Math.floor((days_min + spread(number, 5) ** 2 * 999) * DAY_MS);
    const hash = status === 'pending' ? null : password_hash;
    account.run(
      account_id,
      account_name,
      first_name,
      last_name,
      email,
      email === null ? null : canonicalEmail(email),
      spread(number, 6) < 0.3 ? `+7 900 ${String(number).padStart(7, '0')}` : null,
      number === 0 ? 'Shows people around.\nNothing here is real, and all of it goes when you leave.' : null,
      number % 3 === 2 ? 'ru' : 'en',
      status,
      hash,
      hash === null ? null : created_at,
      created_at,
      created_at,
      seen_at,
      nameSkeleton(account_name),
    );
    for (const name of ['user', ...roles]) role.run(account_id, name);
    for (const word of searchTerms(person)) term.run(word, account_id);
    return created_at;
  };
  const begin = (
    number: number,
    of: number,
    token: string,
    begun_at: number,
    active_at: number,
    device = deviceOf(number),
  ): void => {
    const [os, machine, address] = device;
    session.run(
      idOf('s', number),
      idOf('a', of),
      digestOf(token),
      os,
      machine,
      address,
      begun_at,
      active_at,
      active_at + 30 * DAY_MS,
      begun_at + 180 * DAY_MS,
    );
    sign_in.run(idOf('a', of), begun_at, 'password', 1, null, address, os, machine);
  };

  insert(
    0,
    { account_name: DEMO_NAME, first_name: 'Dana', last_name: 'Demo', email: 'demo@example.test' },
    'active',
    now,
    ['admin'],
    // Longer ago than the first of the sign-ins below.
    40,
  );
  const looks = new Set([nameSkeleton(DEMO_NAME)]);
  const taken = new Map<string, number>();
  for (let number = 1, made = 1; made < PEOPLE; number += 1) {
    const person = personOf(number, taken);
    const look = nameSkeleton(person.account_name);
    if (looks.has(look)) continue;
    looks.add(look);
    made += 1;
    const kind = spread(number, 7);
    const status = kind < 0.94 ? 'active' : kind < 0.98 ? 'pending' : 'suspended';
    const seen_at =
      status === 'pending'
        ? 0
        : now - Math.floor(spread(number, 10) ** 4 * REMEMBERED_DAYS * DAY_MS) - MINUTE_MS;
    const roles = number % 900 === 7 ? ['moderator'] : number % 2500 === 11 ? ['admin'] : [];
    const created_at = insert(number, person, status, seen_at, roles, 1);
    if (status === 'active' && now - seen_at < 20 * DAY_MS) {
      const begun_at = Math.max(
        created_at + MINUTE_MS,
        seen_at - Math.floor(spread(number, 12) * 9 * DAY_MS),
      );
      begin(number, number, `demo ${number}`, begun_at, seen_at);
    } else if (status === 'active') {
      sign_in.run(idOf('a', number), seen_at, 'password', 1, null, '10.0.0.9', 'linux', 'lab');
    } else if (status === 'suspended') {
      sign_in.run(
        idOf('a', number),
        Math.min(now, seen_at + HOUR_MS),
        'password',
        0,
        'suspended',
        '185.9.1.4',
        null,
        null,
      );
    }
  }
  // The administrator's own, oldest first: a month of sign-ins with a few wrong passwords, two other terminals, this one.
  for (let at = 30; at > 0; at--) {
    const wrong = at % 7 === 3;
    const from = wrong ? '185.9.1.4' : '10.0.0.7';
    const failure = wrong ? 'wrong_password' : null;
    const signed_at = now - at * DAY_MS + (at % 5) * HOUR_MS;
    sign_in.run(idOf('a', 0), signed_at, 'password', wrong ? 0 : 1, failure, from, 'linux', 'lab');
    if (at === 9) begin(PEOPLE * 10, 0, 'demo third terminal', signed_at + HOUR_MS, now - 4 * DAY_MS);
    if (at === 3) begin(PEOPLE * 10 + 1, 0, 'demo other terminal', signed_at + HOUR_MS, now - 2 * HOUR_MS);
  }
  begin(PEOPLE * 10 + 2, 0, session_token, now, now, [platform(), hostname().slice(0, 64), '127.0.0.1']);
}

/** A data folder's database with all of them in it. */
async function seed(folder: string, session_token: string): Promise<void> {
  const hasher = new PasswordHasher({ slots: 1, queueMax: 1, logN: PASSWORD_COST });
  const hash = await hasher.hash(DEMO_PASSWORD, {
    address: '127.0.0.1',
    account: 'demo',
    known_device: false,
  });
  if (typeof hash !== 'string') throw new Error('the password hash was refused');
  const path = join(folder, DATABASE_FILE);
  const now = Date.now();
  const db = openDatabase(path, { readonly: false });
  try {
    // Nothing here has to survive anything.
    db.pragma('synchronous = OFF');
    migrate(db, pendingMigrations(db, path), now);
    db.transaction(() => fill(db, hash, session_token, now))();
  } finally {
    db.close();
  }
}

type Listening = { readonly host: string; readonly port: number };

/** The port that was asked for; none takes one that is free. */
const port_wanted = process.argv[2] ?? '0';

/** Starts the built server on the folder; resolves when it listens. */
async function startServer(folder: string): Promise<{ child: ChildProcess; listening: Listening }> {
  const program = fileURLToPath(new URL('../bin/auth-server.js', import.meta.url));
  const flags = [
    '--port',
    port_wanted,
    '--password-cost',
    String(PASSWORD_COST),
    '--throttle',
    'off',
    '--log-level',
    'error',
  ];
  // A configuration of the person's own must not reach into the demo.
  const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AUTH_')));
  const child = spawn(process.execPath, [program, '--data', folder, '--server-name', 'Demo', ...flags], {
    // The terminal belongs to the UI.
    stdio: ['ignore', 'pipe', 'pipe'],
    env,
  });
  let complained = '';
  child.stderr.on('data', (chunk: Buffer) => (complained = (complained + chunk.toString()).slice(-2_000)));
  const line = await new Promise<string>((resolve, reject) => {
    let printed = '';
    child.stdout.on('data', (chunk: Buffer) => {
      printed += chunk.toString();
      const end = printed.indexOf('\n');
      if (end !== -1) resolve(printed.slice(0, end));
    });
    // Its own sentence says why.
    child.once('exit', (code) =>
      reject(new Error(complained.trim() || `The server ended with ${String(code)}.`)),
    );
  });
  return { child, listening: JSON.parse(line) as Listening };
}

const ended = new Promise<void>((resolve) => {
  for (const signal of ['SIGINT', 'SIGTERM', 'SIGHUP'] as const) process.once(signal, () => resolve());
  process.stdin.on('error', () => resolve());
  process.stdin.once('close', () => resolve());
  process.stdin.once('end', () => resolve());
  process.stdin.resume();
});

process.umask(0o077);
process.stdout.on('error', () => null);
const folder = mkdtempSync(join(tmpdir(), 'portcullis-demo-'));
let server: ChildProcess | null = null;
// Synchronous, so that it also happens after an error that nobody foresaw.
process.on('exit', () => {
  server?.kill('SIGKILL');
  rmSync(folder, { recursive: true, force: true });
});
const session_token = `pcs_${randomBytes(32).toString('base64url')}`;
const { child, listening } = await seed(folder, session_token)
  .then(() => startServer(folder))
  .catch((error: unknown) => {
    process.stderr.write(`${error instanceof Error ? error.message : String(error)}\n`);
    return process.exit(1);
  });
server = child;
const gone = new Promise<void>((resolve) => child.once('exit', () => resolve()));
const { host, port } = listening;
process.stdout.write(
  `${JSON.stringify({ host, port, data_folder: folder, account_name: DEMO_NAME, password: DEMO_PASSWORD, session_token })}\n`,
);
await Promise.race([ended, gone]);
child.kill('SIGTERM');
await Promise.race([gone, new Promise((resolve) => setTimeout(resolve, STOP_MS))]);
process.exit(0);
