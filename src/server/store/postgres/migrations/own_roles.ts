/** Migration 13: roles of one's own, and what each permits. The three that are built in are in the program. */

const text = 'text COLLATE "C"';

export const ownRoles = `
CREATE TABLE roles (
  role ${text} PRIMARY KEY,
  description ${text},
  created_at bigint NOT NULL,
  updated_at bigint NOT NULL,
  version bigint NOT NULL DEFAULT 1
);
CREATE TABLE role_permissions (
  role ${text} NOT NULL REFERENCES roles (role) ON DELETE CASCADE,
  permission ${text} NOT NULL,
  PRIMARY KEY (role, permission)
);
INSERT INTO lock_rows (kind, id) VALUES ('server', 'roles');
-- A role is locked by its name: it need not be there yet.
DELETE FROM lock_rows WHERE kind = 'role';
`;
