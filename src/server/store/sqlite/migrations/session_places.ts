/**
 * Migration 8: where sessions were used last, and from which places they went on. A session without a last address was only
 * ever used from where it began, as far as is known.
 */

export const sessionPlaces = `
ALTER TABLE sessions ADD COLUMN last_address TEXT;

-- Places other than that of the sign-in, each told once in the history of the account.
CREATE TABLE session_places (
  session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  place TEXT NOT NULL,
  first_used_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL,
  PRIMARY KEY (session_id, place)
) STRICT, WITHOUT ROWID;
`;
