/** What the tables of a test server hold, so that a test can say: nothing was written, or nothing of theirs changed. */
import { openBeside, tablesOf } from './database.js';

/** Tables that belong to accounts, with the column that says whose a row is. */
const OF_ACCOUNTS = {
  accounts: 'account_id',
  account_roles: 'account_id',
  account_terms: 'account_id',
  sessions: 'account_id',
  sign_ins: 'account_id',
  one_time_codes: 'account_id',
} as const;

/** Every row of every table, as text. Two of them are equal when nobody wrote anything in between. */
export function everything(folder: string): string {
  using db = openBeside(folder);
  return JSON.stringify(tablesOf(db).map((name) => [name, db.prepare(`SELECT * FROM ${name}`).all()]));
}

/** Every row that belongs to an account, its refresh tokens and its counter included. */
export function rowsOf(folder: string, accountId: string): Record<string, unknown[]> {
  using db = openBeside(folder);
  const own = Object.entries(OF_ACCOUNTS).map(([table, column]): [string, unknown[]] => [
    table,
    db.prepare(`SELECT * FROM ${table} WHERE ${column} = ?`).all(accountId),
  ]);
  const tokens = db
    .prepare(
      'SELECT t.* FROM refresh_tokens t JOIN sessions s ON s.session_id = t.session_id WHERE s.account_id = ?',
    )
    .all(accountId);
  const counters = db.prepare('SELECT * FROM guess_counters WHERE subject = ?').all(`account:${accountId}`);
  const places = db
    .prepare(
      'SELECT p.* FROM session_places p JOIN sessions s ON s.session_id = p.session_id WHERE s.account_id = ?',
    )
    .all(accountId);
  return {
    ...Object.fromEntries(own),
    refresh_tokens: tokens,
    session_places: places,
    guess_counters: counters,
  };
}

/** Refresh tokens of a session that still work. */
export function liveRefreshTokens(folder: string, sessionId: string): number {
  using db = openBeside(folder);
  const sql = 'SELECT count(*) AS count FROM refresh_tokens WHERE session_id = ? AND rotated_at IS NULL';
  return db.prepare<[string], { count: number }>(sql).get(sessionId)?.count ?? -1;
}
