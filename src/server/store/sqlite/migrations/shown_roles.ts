/**
 * Migration 6: the one role that lists show of an account, by which they are filtered and sorted: the highest of those that
 * it holds. Derived from `account_roles`, by the database itself, so that no way of writing a role can forget it.
 * The words by which accounts are found are those of another splitter since then, and are written anew.
 * Lists in every order stay walks along an index; those of roles and states that most accounts have are walks past few others.
 */

const highest = (account_id: string): string => `
  CASE WHEN EXISTS (SELECT 1 FROM account_roles WHERE account_id = ${account_id} AND role = 'admin') THEN 'admin'
       WHEN EXISTS (SELECT 1 FROM account_roles WHERE account_id = ${account_id} AND role = 'moderator') THEN 'moderator'
       ELSE 'user' END`;

export const shownRoles = `
ALTER TABLE accounts ADD COLUMN shown_role TEXT NOT NULL DEFAULT 'user';
UPDATE accounts SET shown_role = ${highest('accounts.account_id')}
  WHERE account_id IN (SELECT account_id FROM account_roles WHERE role <> 'user');
CREATE INDEX accounts_in_order_of_role ON accounts (shown_role, account_id);
CREATE INDEX accounts_in_order_of_status ON accounts (status, account_id);
CREATE INDEX accounts_by_role ON accounts (shown_role, account_name) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_created ON accounts (shown_role, created_at, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_seen ON accounts (shown_role, last_seen_at, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_role_status ON accounts (shown_role, status, account_id) WHERE shown_role <> 'user';
CREATE INDEX accounts_by_status_role ON accounts (status, shown_role, account_id) WHERE status <> 'active';

-- Everybody is \`user\`, which is what the column says by itself.
CREATE TRIGGER account_roles_shown_given AFTER INSERT ON account_roles WHEN NEW.role <> 'user'
BEGIN UPDATE accounts SET shown_role = ${highest('NEW.account_id')} WHERE account_id = NEW.account_id; END;
CREATE TRIGGER account_roles_shown_taken AFTER DELETE ON account_roles WHEN OLD.role <> 'user'
BEGIN UPDATE accounts SET shown_role = ${highest('OLD.account_id')} WHERE account_id = OLD.account_id; END;
CREATE TRIGGER account_roles_shown_changed AFTER UPDATE ON account_roles BEGIN
  UPDATE accounts SET shown_role = ${highest('OLD.account_id')} WHERE account_id = OLD.account_id;
  UPDATE accounts SET shown_role = ${highest('NEW.account_id')} WHERE account_id = NEW.account_id;
END;
`;
