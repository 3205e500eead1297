/**
 * How each kind of lock is taken: by the row that stands for it, or, where what is locked need not be there yet, by its name.
 * Rows are taken in the order of their ids. Each also tells the transaction's number, which it has from then on.
 */
import type { LockKind } from '../lock_order.js';

type LockStatement = {
  readonly sql: string;
  /** Whether there is a row for everything that can be asked for. */
  readonly always: boolean;
};

const XID = 'pg_current_xact_id()::text AS xid';

/** Rules over sets have rows of their own. */
const ofSet = (kind: LockKind): LockStatement => ({
  sql: `SELECT ${XID} FROM lock_rows WHERE kind = '${kind}' AND id = ANY ($1::text[]) ORDER BY id FOR UPDATE`,
  always: true,
});

/** What refers to the row may be written meanwhile: that takes no more than a share of its key. */
const ofRow = (table: string, column: string): LockStatement => ({
  sql: `SELECT ${XID} FROM ${table} WHERE ${column} = ANY ($1::text[]) ORDER BY ${column} FOR NO KEY UPDATE`,
  always: false,
});

/** Names that nobody has yet. Two that fall on the same number wait for each other, which does no harm. */
const ofName = (kind: LockKind): LockStatement => ({
  sql: `SELECT pg_advisory_xact_lock(n), ${XID} FROM (
    SELECT DISTINCT hashtextextended('${kind}:' || id, 0) AS n FROM unnest($1::text[]) AS id ORDER BY n) names`,
  always: false,
});

export const LOCKS: Readonly<Record<LockKind, LockStatement>> = {
  server: ofSet('server'),
  role: ofName('role'),
  name: ofName('name'),
  email: ofName('email'),
  account: ofRow('accounts', 'account_id'),
  session: ofRow('sessions', 'session_id'),
  conversation: ofName('conversation'),
};
