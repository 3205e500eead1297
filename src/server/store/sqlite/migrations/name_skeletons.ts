/**
 * Migration 4: what names look like, unique, so that nobody can pose as somebody by a name that looks the same; and the
 * unique form of e-mail addresses as it is now, with the domain in ASCII.
 *
 * Both columns are derived: they follow the domain rules of the running release. When a rule or its table changes, a new
 * migration calls the same `fill` again. Of two accounts that look alike already, the older one holds the skeleton; the
 * younger one gets one with its id behind it, which nothing else can look like, and both go on as before. Until the older
 * one is deleted nobody else can take the look; afterwards somebody can, and would then look like the younger one.
 */
import { canonicalAccountName, canonicalEmail, nameSkeleton } from '../../../domain/index.js';
import type { SqliteDatabase } from '../database.js';

export const nameSkeletons = `
ALTER TABLE accounts ADD COLUMN name_skeleton TEXT;
CREATE UNIQUE INDEX accounts_by_skeleton ON accounts (name_skeleton);
-- The column can't be NOT NULL, because it is filled after it is added.
CREATE TRIGGER accounts_need_skeleton BEFORE INSERT ON accounts WHEN NEW.name_skeleton IS NULL
BEGIN SELECT RAISE(ABORT, 'an account without name_skeleton'); END;
`;

type NameRow = {
  readonly account_id: string;
  readonly account_name: string;
  readonly email: string | null;
  readonly email_canonical: string | null;
  readonly created_at: number;
};

/** Rows at once: SQLite doesn't write while it reads. */
const ROWS = 1_000;

/** Oldest first, so that the older of two look-alikes keeps what it looks like. */
export function fillNameSkeletons(db: SqliteDatabase): void {
  const next = db.prepare<[number, string, number], NameRow>(
    `SELECT account_id, account_name, email, email_canonical, created_at FROM accounts
     WHERE (created_at, account_id) > (?, ?) ORDER BY created_at, account_id LIMIT ?`,
  );
  const looksLike = db.prepare<[string, string]>(
    'SELECT 1 FROM accounts WHERE name_skeleton = ? AND account_id <> ?',
  );
  const setLook = db.prepare<[string, string]>('UPDATE accounts SET name_skeleton = ? WHERE account_id = ?');
  // The same of names: a final sigma is written alike however a name was typed.
  const setName = db.prepare<[string, string]>(
    'UPDATE OR IGNORE accounts SET account_name = ? WHERE account_id = ?',
  );
  // An address that another account has in its new form keeps its old form: it worked until now, and goes on.
  const setEmail = db.prepare<[string, string]>(
    'UPDATE OR IGNORE accounts SET email_canonical = ? WHERE account_id = ?',
  );
  let last: Pick<NameRow, 'created_at' | 'account_id'> = {
    created_at: Number.MIN_SAFE_INTEGER,
    account_id: '',
  };
  for (;;) {
    const rows = next.all(last.created_at, last.account_id, ROWS);
    for (const { account_id, account_name, email, email_canonical } of rows) {
      const name = canonicalAccountName(account_name);
      if (name !== account_name) setName.run(name, account_id);
      const skeleton = nameSkeleton(account_name);
      const taken = looksLike.get(skeleton, account_id) !== undefined;
      setLook.run(taken ? `${skeleton}\u001f${account_id}` : skeleton, account_id);
      const canonical = email === null ? null : canonicalEmail(email);
      if (canonical !== null && canonical !== email_canonical) setEmail.run(canonical, account_id);
    }
    const end = rows.at(-1);
    if (end === undefined) return;
    last = end;
  }
}
