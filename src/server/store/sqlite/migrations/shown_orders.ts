/**
 * Migration 9: the orders by e-mail and by name, as lists show them. Both columns are computed by the database from what they
 * stand for, so that no way of writing can forget them; lists in these orders are walks along an index, as in the others.
 */
export const shownOrders = `
ALTER TABLE accounts ADD COLUMN email_order TEXT GENERATED ALWAYS AS (lower(ifnull(email, ''))) VIRTUAL;
ALTER TABLE accounts ADD COLUMN name_order TEXT
  GENERATED ALWAYS AS (lower(trim(ifnull(first_name, '') || ' ' || ifnull(last_name, '')))) VIRTUAL;
CREATE INDEX accounts_in_order_of_email ON accounts (email_order, account_id);
CREATE INDEX accounts_in_order_of_name ON accounts (name_order, account_id);
CREATE INDEX accounts_by_status_email ON accounts (status, email_order, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_status_name ON accounts (status, name_order, account_id) WHERE status <> 'active';
CREATE INDEX accounts_by_role_email ON accounts (shown_role, email_order, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_name ON accounts (shown_role, name_order, account_id) WHERE shown_role <> 'user';
`;
