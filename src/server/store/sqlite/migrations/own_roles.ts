/** Migration 13: roles of one's own, and what each permits. The three that are built in are in the program. */

export const ownRoles = `
CREATE TABLE roles (
  role TEXT PRIMARY KEY,
  description TEXT,
  created_at INTEGER NOT NULL,
  updated_at INTEGER NOT NULL,
  version INTEGER NOT NULL DEFAULT 1
) STRICT, WITHOUT ROWID;
CREATE TABLE role_permissions (
  role TEXT NOT NULL REFERENCES roles (role) ON DELETE CASCADE,
  permission TEXT NOT NULL,
  PRIMARY KEY (role, permission)
) STRICT, WITHOUT ROWID;
`;
