/**
 * Migration 6: devices on which somebody has signed in before, and wrong guesses counted by account and address. What was
 * counted until then knew no address and is forgotten: nobody stays locked out by it.
 */

export const deviceTokens = `
CREATE TABLE devices (
  device_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_used_at INTEGER NOT NULL
) STRICT;
CREATE INDEX devices_by_account ON devices (account_id, last_used_at);
CREATE INDEX devices_by_use ON devices (last_used_at);

-- The device that a session began on; the device may be gone.
ALTER TABLE sessions ADD COLUMN device_id TEXT;

-- Wrong guesses in a row. The subject is an account, the digest of a name that no account has, a device or a session; for the
-- last two address and network are empty.
DROP TABLE guess_counters;
CREATE TABLE guess_counters (
  subject TEXT NOT NULL,
  address TEXT NOT NULL,
  network TEXT NOT NULL,
  failures INTEGER NOT NULL,
  last_failure_at INTEGER NOT NULL,
  PRIMARY KEY (subject, address)
) STRICT, WITHOUT ROWID;
CREATE INDEX guess_counters_by_time ON guess_counters (last_failure_at);
CREATE INDEX guess_counters_by_network ON guess_counters (network, last_failure_at) WHERE network <> '';

-- Wrong guesses of strangers that still draw from the allowance of their subject.
CREATE TABLE stranger_guesses (
  guess_id INTEGER PRIMARY KEY,
  subject TEXT NOT NULL,
  address TEXT NOT NULL,
  half TEXT NOT NULL CHECK (half IN ('kept', 'open')),
  at INTEGER NOT NULL
) STRICT;
CREATE INDEX stranger_guesses_by_subject ON stranger_guesses (subject, at);
CREATE INDEX stranger_guesses_by_time ON stranger_guesses (at);
`;
