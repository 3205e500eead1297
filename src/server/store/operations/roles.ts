/** Operations that give and take roles. */
import { fail, isFailure, type Account, type Failure, type Role } from '../../../protocol/index.js';
import { mayGrant } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { mustReadAccount } from '../records/accounts.js';
import { targetFor } from './account_rows.js';
import { isLastAdministrator } from './administrators.js';
import { audit, authorityOf, lockAccounts, type Who } from './who.js';
import { operation } from './operation.js';

/** Gives a role. `wrong_status`: the account has it already. */
export const assign_role = operation(
  { locks: ['role', 'account'], announces: ['account_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly role: Role },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status'>> => {
    await tx.lock('role', args.role);
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (!mayGrant(await authorityOf(args.who.actor), args.role)) return fail('forbidden');
    if (target.roles.includes(args.role)) return fail('wrong_status');
    await tx.write(
      'INSERT INTO account_roles (account_id, role) VALUES ($1, $2)',
      target.account_id,
      args.role,
    );
    return roleChanged(tx, args.who, target.account_id, 'role_assigned', args.role);
  },
);

/** Takes a role away. `wrong_status`: the account doesn't have it, or it is `user`. */
export const unassign_role = operation(
  { locks: ['role', 'account'], announces: ['account_changed'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly role: Role },
  ): Promise<Account | Failure<'not_found' | 'forbidden' | 'wrong_status' | 'last_administrator'>> => {
    await tx.lock('role', args.role);
    await lockAccounts(tx, args.who.actor, args.account_id);
    const target = await targetFor(tx, args.who, args.account_id);
    if (isFailure(target)) return target;
    if (args.role === 'user' || !target.roles.includes(args.role)) return fail('wrong_status');
    if (args.role === 'admin' && (await isLastAdministrator(tx, target.account_id)))
      return fail('last_administrator');
    await tx.write(
      'DELETE FROM account_roles WHERE account_id = $1 AND role = $2',
      target.account_id,
      args.role,
    );
    return roleChanged(tx, args.who, target.account_id, 'role_unassigned', args.role);
  },
);

async function roleChanged(
  tx: Tx,
  who: Who,
  accountId: string,
  event: 'role_assigned' | 'role_unassigned',
  role: Role,
): Promise<Account> {
  await tx.write(
    'UPDATE accounts SET updated_at = $2, version = version + 1 WHERE account_id = $1',
    accountId,
    who.at,
  );
  await audit(tx, who, event, accountId, { role });
  await tx.announce({ kind: 'account_changed', account_id: accountId });
  return mustReadAccount(tx, accountId);
}
