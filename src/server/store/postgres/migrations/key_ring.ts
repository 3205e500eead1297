/** Migration 12: the server's own keys, each sealed under the master key, which is in no row. */

const text = 'text COLLATE "C"';

export const keyRing = `
CREATE TABLE ring_keys (
  key_id ${text} PRIMARY KEY,
  purpose ${text} NOT NULL,
  account_id ${text} REFERENCES accounts (account_id) ON DELETE CASCADE,
  state ${text} NOT NULL CHECK (state IN ('next', 'current', 'retired')),
  created_at bigint NOT NULL,
  master_id ${text} NOT NULL,
  sealed bytea NOT NULL
);
CREATE INDEX ring_keys_by_account ON ring_keys (account_id) WHERE account_id IS NOT NULL;
CREATE INDEX ring_keys_by_master ON ring_keys (master_id, key_id);
-- One is used at a time.
CREATE UNIQUE INDEX ring_keys_current ON ring_keys (purpose, coalesce(account_id, '')) WHERE state = 'current';
INSERT INTO lock_rows (kind, id) VALUES ('server', 'key_ring');
`;
