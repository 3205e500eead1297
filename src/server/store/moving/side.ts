/** What a move copies, and what an engine is to it: lines of rows in the order of their keys. */
import type { Column, Lines } from './lines.js';

export type MovedTable = {
  readonly table: string;
  /** What it holds, for people. */
  readonly called: string;
  /** Its primary key: the order of copying, and of the digest. */
  readonly key: readonly [string, ...string[]];
  /** The column that the database numbers by itself. */
  readonly numbered?: string;
};

/** Every table that says something that another engine has to know, those that are referred to first. */
export const MOVED: readonly MovedTable[] = [
  { table: 'accounts', called: 'accounts', key: ['account_id'] },
  { table: 'roles', called: 'roles', key: ['role'] },
  { table: 'role_permissions', called: 'roles', key: ['role', 'permission'] },
  { table: 'account_roles', called: 'roles', key: ['account_id', 'role'] },
  { table: 'account_terms', called: 'search words', key: ['term', 'account_id'] },
  { table: 'sessions', called: 'sessions', key: ['session_id'] },
  { table: 'session_places', called: 'session places', key: ['session_id', 'place'] },
  { table: 'refresh_tokens', called: 'refresh tokens', key: ['token_hash'] },
  { table: 'sign_ins', called: 'sign-ins', key: ['sign_in_id'], numbered: 'sign_in_id' },
  { table: 'one_time_codes', called: 'one-time codes', key: ['code_hash'] },
  { table: 'client_keys', called: 'client keys', key: ['key_id'] },
  { table: 'client_key_secrets', called: 'client keys', key: ['secret_id'], numbered: 'secret_id' },
  { table: 'ring_keys', called: 'keys of the server', key: ['key_id'] },
  { table: 'devices', called: 'devices', key: ['device_id'] },
  { table: 'guess_counters', called: 'wrong passwords', key: ['subject', 'address'] },
  { table: 'stranger_guesses', called: 'wrong passwords', key: ['guess_id'], numbered: 'guess_id' },
  { table: 'audit_events', called: 'audit log', key: ['seq'], numbered: 'seq' },
];

/**
 * Those that stay: an engine's own account of its schema, what it locks, and what was told to servers that have been stopped since.
 * A target may hold rows of the first two.
 */
export const OF_AN_ENGINE: readonly string[] = ['migrations', 'lock_rows'];
export const STAYING: readonly string[] = [...OF_AN_ENGINE, 'announcements'];

/** A database that is this process's alone, within one transaction. */
export type Side = {
  /** The columns that are written, by name: not those that the database works out from others. */
  columns(table: string): Promise<readonly Column[]>;
  count(table: string): Promise<number>;
  /** Reads a table in the order of its key, without holding more of it than a few lines. */
  lines(from: MovedTable, columns: readonly Column[]): AsyncIterable<Lines> | Iterable<Lines>;
  /** Returns the highest number that was ever given; 0 before the first. */
  highest(table: string, column: string): Promise<bigint>;
};

export type SourceSide = Side & {
  /** Throws StoreOpenError when there is a value in a table that the other engine would not take as it is. Null where none can be. */
  readonly assertMovable: ((from: MovedTable, columns: readonly Column[]) => Promise<void>) | null;
};

/** An index or a rule that was taken away while a table is filled. */
export type SetAside = { readonly table: string; putBack(): Promise<void> };

export type TargetSide = Side & {
  /** Returns a table with rows in it, other than an engine's own; null when there is none. */
  occupied(): Promise<string | null>;
  /** Takes away what is made faster for all rows at once than for each. */
  setAside(): Promise<readonly SetAside[]>;
  add(table: string, columns: readonly Column[], lines: AsyncIterable<Lines>): Promise<void>;
  /** Makes the next number a higher one than this. */
  numberAfter(table: string, column: string, highest: bigint): Promise<void>;
  /** Everything is there, with its indexes. Throws StoreOpenError when rows refer to others that are not. */
  filled(): Promise<void>;
};
