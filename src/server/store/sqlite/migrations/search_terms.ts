/**
 * The words by which accounts are found. They are derived from the rows of accounts and follow the domain rules of the running
 * release: when a rule changes, a new migration calls the same `fill` again.
 */
import { searchTerms } from '../../../domain/index.js';
import type { SqliteDatabase } from '../database.js';

type NamedRow = {
  readonly account_id: string;
  readonly account_name: string;
  readonly first_name: string | null;
  readonly last_name: string | null;
  readonly email: string | null;
  readonly phone: string | null;
};

/** Rows at once: SQLite doesn't write while it reads. */
const ROWS = 1_000;

/** Writes the terms of all accounts anew, in the order of their table: a million accounts would be millions of jumps. */
export function fillSearchTerms(db: SqliteDatabase): void {
  db.exec('DELETE FROM account_terms');
  db.exec('CREATE TEMP TABLE terms (term TEXT NOT NULL, account_id TEXT NOT NULL)');
  const insert = db.prepare<[string, string]>('INSERT INTO temp.terms (term, account_id) VALUES (?, ?)');
  const next = db.prepare<[string, number], NamedRow>(
    `SELECT account_id, account_name, first_name, last_name, email, phone FROM accounts
     WHERE account_id > ? ORDER BY account_id LIMIT ?`,
  );
  for (let last: string | undefined = ''; last !== undefined;) {
    const rows: readonly NamedRow[] = next.all(last, ROWS);
    for (const row of rows) for (const term of searchTerms(row)) insert.run(term, row.account_id);
    last = rows.at(-1)?.account_id;
  }
  db.exec('INSERT INTO account_terms SELECT term, account_id FROM temp.terms ORDER BY term, account_id');
  db.exec('DROP TABLE temp.terms');
}
