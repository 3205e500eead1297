/**
 * Migration 5: what a process beside the server has changed, for the server to find. The server writes none of its own:
 * nobody else remembers anything about this file.
 */

export const announcements = `
CREATE TABLE announcements (
  announcement_id INTEGER PRIMARY KEY AUTOINCREMENT,
  at INTEGER NOT NULL DEFAULT (unixepoch() * 1000),
  what TEXT NOT NULL
) STRICT;
`;
