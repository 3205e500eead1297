/** Migration 2: refresh tokens, and the counters of wrong guesses. */

export const tokensAndThrottles = `
-- A session is the family of its refresh tokens: it begins with the first, and ends when one of them is used twice.
CREATE TABLE refresh_tokens (
  token_hash BLOB PRIMARY KEY,
  session_id TEXT NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  -- Set when the token was exchanged; the successor is derived from the token and this salt.
  rotated_at INTEGER,
  successor_salt BLOB,
  successor_hash BLOB
) STRICT, WITHOUT ROWID;
CREATE INDEX refresh_tokens_by_rotation ON refresh_tokens (rotated_at) WHERE rotated_at IS NOT NULL;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, rotated_at);

-- Wrong guesses in a row. The subject is an account, or the digest of a name that no account has.
CREATE TABLE guess_counters (
  subject TEXT PRIMARY KEY,
  failures INTEGER NOT NULL,
  last_failure_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX guess_counters_by_time ON guess_counters (last_failure_at);

-- Lists of accounts in another status, in each order.
CREATE INDEX accounts_by_status_seen ON accounts (status, last_seen_at, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_created ON accounts (status, created_at, account_id) WHERE status <> 'active';

-- REPLACE removes the old row without asking the trigger against deletes.
CREATE TRIGGER audit_events_no_replace BEFORE INSERT ON audit_events
WHEN EXISTS (SELECT 1 FROM audit_events WHERE seq = NEW.seq)
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
`;
