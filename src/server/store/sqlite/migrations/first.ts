/** Migration 1: the schema of the first release. Never edited once released: a change is a new migration. */

export const first = `
CREATE TABLE accounts (
  account_id TEXT PRIMARY KEY,
  account_name TEXT NOT NULL UNIQUE,
  first_name TEXT,
  last_name TEXT,
  email TEXT,
  email_canonical TEXT UNIQUE,
  phone TEXT,
  bio TEXT,
  picture_url TEXT,
  locale TEXT,
  status TEXT NOT NULL CHECK (status IN ('active', 'pending', 'suspended')),
  password_hash TEXT,
  password_changed_at INTEGER,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  last_seen_at INTEGER NOT NULL DEFAULT 0,
  version INTEGER NOT NULL DEFAULT 1
) STRICT;
CREATE INDEX accounts_by_created ON accounts (created_at, account_id);
CREATE INDEX accounts_by_last_seen ON accounts (last_seen_at, account_id);
CREATE INDEX accounts_by_status ON accounts (status, account_name) WHERE status <> 'active';

CREATE TABLE account_roles (
  account_id TEXT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  role TEXT NOT NULL,
  PRIMARY KEY (account_id, role)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_roles_by_role ON account_roles (role, account_id) WHERE role <> 'user';

-- The beginnings of words by which an account is found.
CREATE TABLE account_terms (
  term TEXT NOT NULL,
  account_id TEXT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  PRIMARY KEY (term, account_id)
) STRICT, WITHOUT ROWID;
CREATE INDEX account_terms_by_account ON account_terms (account_id);

CREATE TABLE sessions (
  session_id TEXT PRIMARY KEY,
  account_id TEXT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  token_hash BLOB NOT NULL UNIQUE,
  key_id TEXT NOT NULL,
  client_name TEXT,
  client_version TEXT,
  os TEXT,
  host_name TEXT,
  address TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  last_active_at INTEGER NOT NULL,
  idle_expires_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL,
  ended_at INTEGER,
  end_reason TEXT
) STRICT;
CREATE INDEX sessions_by_account ON sessions (account_id, ended_at, last_active_at);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE sign_ins (
  sign_in_id INTEGER PRIMARY KEY AUTOINCREMENT,
  account_id TEXT NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  at INTEGER NOT NULL,
  method TEXT NOT NULL,
  success INTEGER NOT NULL,
  failure TEXT,
  address TEXT NOT NULL,
  client_name TEXT,
  client_version TEXT,
  os TEXT,
  host_name TEXT
) STRICT;
CREATE INDEX sign_ins_by_account ON sign_ins (account_id, sign_in_id);
CREATE INDEX sign_ins_by_time ON sign_ins (at);

CREATE TABLE one_time_codes (
  code_hash BLOB PRIMARY KEY,
  purpose TEXT NOT NULL CHECK (purpose IN ('setup', 'choose_password')),
  account_id TEXT REFERENCES accounts (account_id) ON DELETE CASCADE,
  created_at INTEGER NOT NULL,
  expires_at INTEGER NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX one_time_codes_by_account ON one_time_codes (account_id);

-- No foreign keys: what happened stays when its account goes.
CREATE TABLE audit_events (
  seq INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL,
  event TEXT NOT NULL,
  actor_id TEXT,
  target_id TEXT,
  session_id TEXT,
  address TEXT,
  details TEXT NOT NULL
) STRICT;
CREATE TRIGGER audit_events_no_update BEFORE UPDATE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
CREATE TRIGGER audit_events_no_delete BEFORE DELETE ON audit_events
BEGIN SELECT RAISE(ABORT, 'audit_events is append-only'); END;
`;
