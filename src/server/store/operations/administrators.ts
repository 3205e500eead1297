/** Who can administer. Rules about them all stand and fall with the lock on their role. */
import type { Tx } from '../tx.js';

/** Returns whether any account can administer, in whatever status. */
export async function administratorExists(tx: Tx): Promise<boolean> {
  return (await tx.get("SELECT 1 AS one FROM account_roles WHERE role = 'admin'")) !== undefined;
}

/** Returns true when `accountId` is the only active administrator. */
export async function isLastAdministrator(tx: Tx, accountId: string): Promise<boolean> {
  const admins = await tx.all<{ account_id: string }>(
    `SELECT r.account_id FROM account_roles r JOIN accounts a ON a.account_id = r.account_id
     WHERE r.role = 'admin' AND a.status = 'active' LIMIT 2`,
  );
  return admins.length === 1 && admins[0]?.account_id === accountId;
}
