/** Migration 12: the server's own keys, each sealed under the master key, which is in no row. */

export const keyRing = `
CREATE TABLE ring_keys (
  key_id TEXT PRIMARY KEY,
  purpose TEXT NOT NULL,
  -- Whose it is; the server's own have nobody.
  account_id TEXT REFERENCES accounts (account_id) ON DELETE CASCADE,
  state TEXT NOT NULL CHECK (state IN ('next', 'current', 'retired')),
  created_at INTEGER NOT NULL,
  -- The name of the master key under which it is sealed.
  master_id TEXT NOT NULL,
  sealed BLOB NOT NULL
) STRICT, WITHOUT ROWID;
CREATE INDEX ring_keys_by_account ON ring_keys (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX ring_keys_by_master ON ring_keys (master_id, key_id);
-- One is used at a time.
CREATE UNIQUE INDEX ring_keys_current ON ring_keys (purpose, coalesce(account_id, '')) WHERE state = 'current';
`;
