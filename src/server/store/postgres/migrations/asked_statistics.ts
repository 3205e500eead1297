/**
 * Migration 11: how many accounts have a role or status that lists ask for as an expression, so that no index of the column is
 * walked for it (see `reads/users.ts`). Without them PostgreSQL takes any such condition for one that few accounts meet: it sorted
 * all that are active for the first page of them.
 */
export const askedStatistics = `
CREATE STATISTICS accounts_shown_role_asked ON (shown_role || '') FROM accounts;
CREATE STATISTICS accounts_status_asked ON (status || '') FROM accounts;
ANALYZE accounts;
`;
