/**
 * The first schema on PostgreSQL: what the steps up to `plain_skeletons` made of the one on SQLite, which it began with. Texts
 * are compared byte by byte, as there. Never edited once released: a change is a new migration.
 */

const text = 'text COLLATE "C"';

const highest = (account_id: string): string => `
  CASE WHEN EXISTS (SELECT 1 FROM account_roles WHERE account_id = ${account_id} AND role = 'admin') THEN 'admin'
       WHEN EXISTS (SELECT 1 FROM account_roles WHERE account_id = ${account_id} AND role = 'moderator') THEN 'moderator'
       ELSE 'user' END`;

export const first = `
-- What stands for rules about many rows: whoever changes what such a rule is about locks its row first.
CREATE TABLE lock_rows (
  kind ${text} NOT NULL,
  id ${text} NOT NULL,
  PRIMARY KEY (kind, id)
);
INSERT INTO lock_rows (kind, id) VALUES
  ('server', 'setup'), ('server', 'client_keys'), ('role', 'user'), ('role', 'moderator'), ('role', 'admin');

CREATE TABLE accounts (
  account_id ${text} PRIMARY KEY,
  account_name ${text} NOT NULL UNIQUE,
  first_name ${text},
  last_name ${text},
  email ${text},
  email_canonical ${text} UNIQUE,
  phone ${text},
  bio ${text},
  picture_url ${text},
  locale ${text},
  status ${text} NOT NULL CHECK (status IN ('active', 'pending', 'suspended')),
  password_hash ${text},
  password_changed_at bigint,
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  last_seen_at bigint NOT NULL DEFAULT 0,
  version bigint NOT NULL DEFAULT 1,
  name_skeleton ${text} NOT NULL,
  shown_role ${text} NOT NULL DEFAULT 'user',
  email_order ${text} GENERATED ALWAYS AS (lower(coalesce(email, ''))) STORED,
  name_order ${text} GENERATED ALWAYS AS
    (lower(trim(coalesce(first_name, '') || ' ' || coalesce(last_name, '')))) STORED
);
CREATE UNIQUE INDEX accounts_by_skeleton ON accounts (name_skeleton);
CREATE INDEX accounts_by_created ON accounts (created_at, account_id);
CREATE INDEX accounts_by_last_seen ON accounts (last_seen_at, account_id);
CREATE INDEX accounts_in_order_of_email ON accounts (email_order, account_id);
CREATE INDEX accounts_in_order_of_name ON accounts (name_order, account_id);
CREATE INDEX accounts_in_order_of_role ON accounts (shown_role, account_id);
CREATE INDEX accounts_in_order_of_status ON accounts (status, account_id);
CREATE INDEX accounts_by_status ON accounts (status, account_name) WHERE status <> 'active';
CREATE INDEX accounts_by_status_seen ON accounts (status, last_seen_at, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_created ON accounts (status, created_at, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_role ON accounts (status, shown_role, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_email ON accounts (status, email_order, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_name ON accounts (status, name_order, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_role ON accounts (shown_role, account_name) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_created ON accounts (shown_role, created_at, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_seen ON accounts (shown_role, last_seen_at, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_status ON accounts (shown_role, status, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_email ON accounts (shown_role, email_order, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_name ON accounts (shown_role, name_order, account_id) WHERE shown_role <> 'user';

CREATE TABLE account_roles (
  account_id ${text} NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  role ${text} NOT NULL,
  PRIMARY KEY (account_id, role)
);
CREATE INDEX account_roles_by_role ON account_roles (role, account_id) WHERE role <> 'user';

CREATE FUNCTION account_roles_shown() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN
  IF TG_OP <> 'INSERT' THEN
    UPDATE accounts SET shown_role = ${highest('OLD.account_id')} WHERE account_id = OLD.account_id;
  END IF;
  IF TG_OP <> 'DELETE' THEN
    UPDATE accounts SET shown_role = ${highest('NEW.account_id')} WHERE account_id = NEW.account_id;
  END IF;
  RETURN NULL;
END $$;
-- Everybody is \`user\`, which is what the column says by itself.
CREATE TRIGGER account_roles_shown_given AFTER INSERT ON account_roles
  FOR EACH ROW WHEN (NEW.role <> 'user') EXECUTE FUNCTION account_roles_shown();
CREATE TRIGGER account_roles_shown_taken AFTER DELETE ON account_roles
  FOR EACH ROW WHEN (OLD.role <> 'user') EXECUTE FUNCTION account_roles_shown();
CREATE TRIGGER account_roles_shown_changed AFTER UPDATE ON account_roles
  FOR EACH ROW EXECUTE FUNCTION account_roles_shown();

-- The words by which an account is found.
CREATE TABLE account_terms (
  term ${text} NOT NULL,
  account_id ${text} NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  PRIMARY KEY (term, account_id)
);
CREATE INDEX account_terms_by_account ON account_terms (account_id);

CREATE TABLE sessions (
  session_id ${text} PRIMARY KEY,
  account_id ${text} NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  key_id ${text} NOT NULL,
  client_name ${text},
  client_version ${text},
  os ${text},
  host_name ${text},
  address ${text} NOT NULL,
  created_at bigint NOT NULL,
  last_active_at bigint NOT NULL,
  idle_expires_at bigint NOT NULL,
  expires_at bigint NOT NULL,
  ended_at bigint,
  end_reason ${text},
  device_id ${text},
  last_address ${text}
);
CREATE INDEX sessions_by_account ON sessions (account_id, ended_at, last_active_at);
CREATE INDEX sessions_by_end ON sessions (ended_at) WHERE ended_at IS NOT NULL;
CREATE INDEX sessions_by_expiry ON sessions (expires_at);

CREATE TABLE session_places (
  session_id ${text} NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  place ${text} NOT NULL,
  first_used_at bigint NOT NULL,
  last_used_at bigint NOT NULL,
  PRIMARY KEY (session_id, place)
);

CREATE TABLE refresh_tokens (
  token_hash bytea PRIMARY KEY,
  session_id ${text} NOT NULL REFERENCES sessions (session_id) ON DELETE CASCADE,
  created_at bigint NOT NULL,
  rotated_at bigint,
  successor_salt bytea,
  successor_hash bytea
);
CREATE INDEX refresh_tokens_by_rotation ON refresh_tokens (rotated_at) WHERE rotated_at IS NOT NULL;
CREATE INDEX refresh_tokens_by_session ON refresh_tokens (session_id, rotated_at);

CREATE TABLE sign_ins (
  sign_in_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  account_id ${text} NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  at bigint NOT NULL,
  method ${text} NOT NULL,
  success bigint NOT NULL,
  failure ${text},
  address ${text} NOT NULL,
  client_name ${text},
  client_version ${text},
  os ${text},
  host_name ${text}
);
CREATE INDEX sign_ins_by_account ON sign_ins (account_id, sign_in_id);
CREATE INDEX sign_ins_by_time ON sign_ins (at);

CREATE TABLE one_time_codes (
  code_hash bytea PRIMARY KEY,
  purpose ${text} NOT NULL CHECK (purpose IN ('setup', 'choose_password')),
  account_id ${text} REFERENCES accounts (account_id) ON DELETE CASCADE,
  created_at bigint NOT NULL,
  expires_at bigint NOT NULL
);
CREATE INDEX one_time_codes_by_account ON one_time_codes (account_id);

CREATE TABLE client_keys (
  key_id ${text} PRIMARY KEY,
  name ${text} NOT NULL,
  created_at bigint NOT NULL,
  expires_at bigint,
  revoked_at bigint
);
CREATE TABLE client_key_secrets (
  secret_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  key_id ${text} NOT NULL REFERENCES client_keys (key_id) ON DELETE CASCADE,
  slot ${text} NOT NULL CHECK (slot IN ('current', 'next')),
  key bytea NOT NULL CHECK (length(key) = 32),
  created_at bigint NOT NULL,
  not_before bigint NOT NULL,
  not_after bigint,
  last_used_at bigint,
  UNIQUE (key_id, slot)
);

CREATE TABLE devices (
  device_id ${text} PRIMARY KEY,
  account_id ${text} NOT NULL REFERENCES accounts (account_id) ON DELETE CASCADE,
  token_hash bytea NOT NULL UNIQUE,
  key_id ${text} NOT NULL,
  created_at bigint NOT NULL,
  last_used_at bigint NOT NULL
);
CREATE INDEX devices_by_account ON devices (account_id, last_used_at);
CREATE INDEX devices_by_use ON devices (last_used_at);

CREATE TABLE guess_counters (
  subject ${text} NOT NULL,
  address ${text} NOT NULL,
  network ${text} NOT NULL,
  failures bigint NOT NULL,
  last_failure_at bigint NOT NULL,
  PRIMARY KEY (subject, address)
);
CREATE INDEX guess_counters_by_time ON guess_counters (last_failure_at);
CREATE INDEX guess_counters_by_network ON guess_counters (network, last_failure_at) WHERE network <> '';

CREATE TABLE stranger_guesses (
  guess_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  subject ${text} NOT NULL,
  address ${text} NOT NULL,
  half ${text} NOT NULL CHECK (half IN ('kept', 'open')),
  at bigint NOT NULL
);
CREATE INDEX stranger_guesses_by_subject ON stranger_guesses (subject, at);
CREATE INDEX stranger_guesses_by_time ON stranger_guesses (at);

CREATE TABLE announcements (
  announcement_id bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL DEFAULT (extract(epoch FROM clock_timestamp()) * 1000)::bigint,
  what ${text} NOT NULL
);

-- No foreign keys: what happened stays when its account goes.
CREATE TABLE audit_events (
  seq bigint GENERATED BY DEFAULT AS IDENTITY PRIMARY KEY,
  at bigint NOT NULL,
  event ${text} NOT NULL,
  actor_id ${text},
  target_id ${text},
  session_id ${text},
  address ${text},
  details ${text} NOT NULL
);
CREATE FUNCTION audit_events_append_only() RETURNS trigger LANGUAGE plpgsql AS $$
BEGIN RAISE EXCEPTION 'audit_events is append-only'; END $$;
CREATE TRIGGER audit_events_no_change BEFORE UPDATE OR DELETE OR TRUNCATE ON audit_events
  FOR EACH STATEMENT EXECUTE FUNCTION audit_events_append_only();
`;
