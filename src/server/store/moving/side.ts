/** What a move copies, and what an engine is to it: pages of rows in the order of their keys. */

export type MovedTable = {
  readonly table: string;
  /** Its primary key: the order of copying, and of the digest. */
  readonly key: readonly [string, ...string[]];
  /** The column that the database numbers by itself. */
  readonly numbered?: string;
};

/** Every table that says something that another engine has to know, those that are referred to first. */
export const MOVED: readonly MovedTable[] = [
  { table: 'accounts', key: ['account_id'] },
  { table: 'account_roles', key: ['account_id', 'role'] },
  { table: 'account_terms', key: ['term', 'account_id'] },
  { table: 'sessions', key: ['session_id'] },
  { table: 'session_places', key: ['session_id', 'place'] },
  { table: 'refresh_tokens', key: ['token_hash'] },
  { table: 'sign_ins', key: ['sign_in_id'], numbered: 'sign_in_id' },
  { table: 'one_time_codes', key: ['code_hash'] },
  { table: 'client_keys', key: ['key_id'] },
  { table: 'client_key_secrets', key: ['secret_id'], numbered: 'secret_id' },
  { table: 'devices', key: ['device_id'] },
  { table: 'guess_counters', key: ['subject', 'address'] },
  { table: 'stranger_guesses', key: ['guess_id'], numbered: 'guess_id' },
  { table: 'audit_events', key: ['seq'], numbered: 'seq' },
];

/**
 * Those that stay: an engine's own account of its schema, what it locks, and what was told to servers that have been stopped since.
 * A target may hold rows of the first two.
 */
export const OF_AN_ENGINE: readonly string[] = ['migrations', 'lock_rows'];
export const STAYING: readonly string[] = [...OF_AN_ENGINE, 'announcements'];

export type Value = string | number | bigint | Buffer | null;
export type Row = readonly Value[];

/** A database that is this process's alone, within one transaction. */
export type Side = {
  /** The columns that are written: not those that the database works out from others. */
  columns(table: string): Promise<readonly string[]>;
  count(table: string): Promise<number>;
  /** Returns the next rows in the order of the key, at most a page of them; `last`: the key of the row before, null at the beginning. */
  page(from: MovedTable, columns: readonly string[], last: Row | null): Promise<readonly Row[]>;
  /** Returns the highest number that was ever given; 0 before the first. */
  highest(table: string, column: string): Promise<number>;
};

export type TargetSide = Side & {
  /** Returns a table with rows in it, other than an engine's own; null when there is none. */
  occupied(): Promise<string | null>;
  add(table: string, columns: readonly string[], rows: readonly Row[]): Promise<void>;
  /** Makes the next number a higher one than this. */
  numberAfter(table: string, column: string, highest: number): Promise<void>;
};

/** Rows of a page: few enough for little memory, enough for few round trips. */
export const PAGE = 1_000;
