/**
 * What the server reads, on the main thread, with statements that live as long as the process. Every text is a constant
 * or built from constants: values only ever travel as parameters.
 */
import {
  LIMITS,
  permissionsOf,
  type Account,
  type AccountStatus,
  type Permission,
  type ResultOf,
  type Role,
  type Session,
  type UserSort,
} from '../../protocol/index.js';
import { canonicalEmail, nameSkeleton, searchWords } from '../domain/index.js';
import { ClientKeyReads } from './client_key_reads.js';
import type { Reader, SqlValue } from './engine.js';
import {
  ACCOUNT_COLUMNS,
  accountById,
  LIVE,
  rolesOf,
  SESSION_COLUMNS,
  toAccount,
  toSession,
  type AccountRow,
  type SessionRow,
} from './records.js';

/** What checking a password needs. */
export type Credential = {
  readonly account_id: string;
  readonly account_name: string;
  readonly email: string | null;
  readonly status: AccountStatus;
  readonly password_hash: string | null;
};

/** A live session with what its account may do. */
export type LiveSession = {
  readonly session: Session;
  readonly account_id: string;
  readonly account_name: string;
  readonly roles: readonly Role[];
  readonly permissions: ReadonlySet<Permission>;
  /** SHA-256 of its token as Latin-1: a string takes a third of the memory of a buffer, and is a key of maps. */
  readonly token_key: string;
  /** Room for something worked out from it; goes when the session changes. */
  derived: object | null;
};

type LiveSessionRow = SessionRow & { readonly account_name: string; readonly token_hash: Uint8Array };

type Authority = { readonly roles: readonly Role[]; readonly permissions: ReadonlySet<Permission> };
const AUTHORITIES = new Map<string, Authority>();

/** Roles with what they permit: one object for all sessions with the same, of which there are a handful. */
function authorityOf(roles: readonly Role[]): Authority {
  const key = roles.join(' ');
  let known = AUTHORITIES.get(key);
  if (known === undefined) {
    known = { roles, permissions: permissionsOf(roles) };
    AUTHORITIES.set(key, known);
  }
  return known;
}

/** Wrong guesses in a row. */
export type GuessCounter = { readonly failures: number; readonly last_failure_at: number };

export type UserQuery = {
  readonly search: string | null;
  readonly role: Role | null;
  readonly status: AccountStatus | null;
  readonly sort: UserSort;
  readonly descending: boolean;
  readonly limit: number;
  /** The sort value and id after which the page begins. */
  readonly after: readonly [string | number, string] | null;
};

export type UserPage = {
  readonly users: readonly Account[];
  readonly next: readonly [string | number, string] | null;
  readonly total: number;
  readonly total_is_exact: boolean;
};

export type SignInEntry = ResultOf<'login_history'>['entries'][number] & { readonly sign_in_id: number };

const CREDENTIAL = 'SELECT account_id, account_name, email, status, password_hash FROM accounts';
/** Above every character that a term can hold. */
const AFTER_ALL = '\u{10FFFF}';

export class Reads {
  readonly client_keys: ClientKeyReads;
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
    this.client_keys = new ClientKeyReads(reader);
  }

  async accountById(accountId: string): Promise<Account | null> {
    return accountById(this.#reader, accountId);
  }

  /** The credential of an account by canonical name, or by e-mail when the name holds an `@`. */
  async credentialByName(name: string): Promise<Credential | null> {
    const row = name.includes('@')
      ? await this.#reader.get<Credential>(`${CREDENTIAL} WHERE email_canonical = $1`, canonicalEmail(name))
      : await this.#reader.get<Credential>(`${CREDENTIAL} WHERE account_name = $1`, name);
    return row ?? null;
  }

  /** Whether an account has this canonical name, or one that looks like it. */
  async accountNameTaken(name: string): Promise<boolean> {
    const row = await this.#reader.get(
      'SELECT 1 AS one FROM accounts WHERE account_name = $1 OR name_skeleton = $2',
      name,
      nameSkeleton(name),
    );
    return row !== undefined;
  }

  /** The account whose password a code lets somebody choose, or null when there is no such code, or it is too old. */
  async codeHolder(codeHash: Uint8Array, at: number): Promise<string | null> {
    const row = await this.#reader.get<{ account_id: string }>(
      `SELECT account_id FROM one_time_codes
       WHERE code_hash = $1 AND purpose = 'choose_password' AND expires_at > $2`,
      codeHash,
      at,
    );
    return row?.account_id ?? null;
  }

  async credentialById(accountId: string): Promise<Credential | null> {
    return (await this.#reader.get<Credential>(`${CREDENTIAL} WHERE account_id = $1`, accountId)) ?? null;
  }

  async administratorExists(): Promise<boolean> {
    return (await this.#reader.get("SELECT 1 AS one FROM account_roles WHERE role = 'admin'")) !== undefined;
  }

  /** The live session that a token's hash belongs to, on an active account; null for everything else. */
  async sessionByTokenHash(tokenHash: Uint8Array, at: number): Promise<LiveSession | null> {
    return this.#liveSession(
      await this.#reader.get<LiveSessionRow>(
        `SELECT ${SESSION_COLUMNS}, a.account_name, s.token_hash FROM sessions s JOIN accounts a ON a.account_id = s.account_id
         WHERE s.token_hash = $1 AND ${LIVE} AND a.status = 'active'`,
        tokenHash,
        at,
      ),
    );
  }

  /** The same by session id, for connections that are signed in already. */
  async sessionById(sessionId: string, at: number): Promise<LiveSession | null> {
    return this.#liveSession(
      await this.#reader.get<LiveSessionRow>(
        `SELECT ${SESSION_COLUMNS}, a.account_name, s.token_hash FROM sessions s JOIN accounts a ON a.account_id = s.account_id
         WHERE s.session_id = $1 AND ${LIVE} AND a.status = 'active'`,
        sessionId,
        at,
      ),
    );
  }

  async #liveSession(found: LiveSessionRow | undefined): Promise<LiveSession | null> {
    if (found === undefined) return null;
    const { roles, permissions } = authorityOf(await rolesOf(this.#reader, found.account_id));
    return {
      session: toSession(found, found.session_id),
      account_id: found.account_id,
      account_name: found.account_name,
      roles,
      permissions,
      token_key: Buffer.from(found.token_hash).toString('latin1'),
      derived: null,
    };
  }

  async guessCounter(subject: string): Promise<GuessCounter | null> {
    const row = await this.#reader.get<GuessCounter>(
      'SELECT failures, last_failure_at FROM guess_counters WHERE subject = $1',
      subject,
    );
    return row ?? null;
  }

  /** Live sessions of an account, most recently active first. */
  async sessionsOf(accountId: string, at: number, currentId: string | null): Promise<Session[]> {
    const rows = await this.#reader.all<SessionRow>(
      `SELECT ${SESSION_COLUMNS} FROM sessions s WHERE s.account_id = $1 AND ${LIVE}
       ORDER BY s.last_active_at DESC, s.session_id`,
      accountId,
      at,
    );
    return rows.map((row) => toSession(row, currentId));
  }

  /** Sign-ins of an account, newest first, older than `before` when it is given. */
  async signInsOf(accountId: string, before: number | null, limit: number): Promise<SignInEntry[]> {
    type SignInRow = Omit<SignInEntry, 'success'> & { success: number };
    const rows = await this.#reader.all<SignInRow>(
      `SELECT sign_in_id, at, method, success, failure, address, client_name, client_version, os, host_name
       FROM sign_ins WHERE account_id = $1 AND sign_in_id < $2 ORDER BY sign_in_id DESC LIMIT $3`,
      accountId,
      before ?? Number.MAX_SAFE_INTEGER,
      limit,
    );
    return rows.map((row) => ({ ...row, success: row.success === 1 }));
  }

  /** The word of a search that the fewest terms begin with, and whether all of them are looked at. */
  async #rarest(words: readonly string[]): Promise<{ word: string; all: boolean } | null> {
    let rarest: { word: string; terms: number } | null = null;
    for (const word of words) {
      const row = await this.#reader.get<{ terms: number }>(
        `SELECT count(*) AS terms FROM (
           SELECT 1 FROM account_terms WHERE term >= $1 AND term < $2 LIMIT ${LIMITS.search_rows_max + 1})`,
        word,
        word + AFTER_ALL,
      );
      const terms = row?.terms ?? 0;
      if (rarest === null || terms < rarest.terms) rarest = { word, terms };
    }
    return rarest === null ? null : { word: rarest.word, all: rarest.terms <= LIMITS.search_rows_max };
  }

  /** A page of accounts by key: its cost doesn't depend on where it is. */
  async users(query: UserQuery): Promise<UserPage> {
    const values: SqlValue[] = [];
    const bind = (value: SqlValue): string => `$${values.push(value)}`;
    const where = ['1 = 1'];
    const words = query.search === null ? [] : searchWords(query.search);
    const rarest = await this.#rarest(words);
    for (const word of words) {
      const inRange = `term >= ${bind(word)} AND term < ${bind(word + AFTER_ALL)}`;
      // The rarest word finds the accounts, and only so many; the others are looked up for each of these.
      where.push(
        word === rarest?.word
          ? `a.account_id IN (SELECT account_id FROM account_terms WHERE ${inRange} LIMIT ${LIMITS.search_rows_max})`
          : `EXISTS (SELECT 1 FROM account_terms t WHERE t.account_id = a.account_id AND ${inRange})`,
      );
    }
    // The literals say what the partial indexes say; a bound value alone would not let them be used.
    if (query.role !== null && query.role !== 'user') {
      const role = `role = ${bind(query.role)} AND role <> 'user'`;
      // Few hold a role, so they are walked; unless a search has found its few, and each of those is asked.
      where.push(
        rarest === null
          ? `a.account_id IN (SELECT account_id FROM account_roles WHERE ${role})`
          : `EXISTS (SELECT 1 FROM account_roles r WHERE r.account_id = a.account_id AND ${role})`,
      );
    }
    if (query.status !== null && rarest !== null) {
      // An expression, so that no index of states is walked where the search has found its few.
      where.push(`a.status || '' = ${bind(query.status)}`);
    } else if (query.status !== null) {
      where.push(`a.status = ${bind(query.status)}`);
      if (query.status !== 'active') where.push("a.status <> 'active'");
    }
    const matching = where.join(' AND ');
    const counted = await this.#reader.get<{ total: number }>(
      `SELECT count(*) AS total FROM (SELECT 1 FROM accounts a WHERE ${matching} LIMIT ${LIMITS.count_max + 1})`,
      ...values,
    );
    const column = `a.${query.sort}`;
    const beyond = query.descending ? '<' : '>';
    const direction = query.descending ? 'DESC' : 'ASC';
    const from =
      query.after === null
        ? ''
        : `AND (${column}, a.account_id) ${beyond} (${bind(query.after[0])}, ${bind(query.after[1])})`;
    const rows = await this.#reader.all<AccountRow>(
      `SELECT ${ACCOUNT_COLUMNS} FROM accounts a WHERE ${matching} ${from}
       ORDER BY ${column} ${direction}, a.account_id ${direction} LIMIT ${bind(query.limit + 1)}`,
      ...values,
    );
    const page = withinBytes(rows.slice(0, query.limit));
    const last = page.at(-1);
    const total = counted?.total ?? 0;
    return {
      users: await Promise.all(page.map((row) => toAccount(this.#reader, row))),
      next: rows.length > page.length && last !== undefined ? [last[query.sort], last.account_id] : null,
      total: Math.min(total, LIMITS.count_max),
      total_is_exact: total <= LIMITS.count_max && rarest?.all !== false,
    };
  }
}

/** As many of the rows as fit into a page's bytes; always at least one. */
function withinBytes(rows: readonly AccountRow[]): readonly AccountRow[] {
  let bytes = 0;
  const fitting = rows.findIndex((row, index) => {
    bytes += Buffer.byteLength(JSON.stringify(row));
    return index > 0 && bytes > LIMITS.page_bytes_max;
  });
  return fitting === -1 ? rows : rows.slice(0, fitting);
}
