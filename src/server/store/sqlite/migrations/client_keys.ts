/**
 * Migration 3: named client keys. A key id has one secret, or two while a rotation's overlap lasts. The key itself has to
 * be stored, since both ends compute MACs with it: the file's permissions protect it. Sessions keep their key_id by value.
 */

export const clientKeys = `
CREATE TABLE client_keys (
  key_id TEXT PRIMARY KEY,
  name TEXT NOT NULL,
  created_at INTEGER NOT NULL,
  expires_at INTEGER,
  revoked_at INTEGER
) STRICT;

CREATE TABLE client_key_secrets (
  secret_id INTEGER PRIMARY KEY AUTOINCREMENT,
  key_id TEXT NOT NULL REFERENCES client_keys (key_id) ON DELETE CASCADE,
  slot TEXT NOT NULL CHECK (slot IN ('current', 'next')),
  key BLOB NOT NULL CHECK (length(key) = 32),
  created_at INTEGER NOT NULL,
  not_before INTEGER NOT NULL,
  not_after INTEGER,
  last_used_at INTEGER,
  UNIQUE (key_id, slot)
) STRICT;
`;
