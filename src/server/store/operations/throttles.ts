/** Operations on what slows down guessing. */
import { fail, permissionsOf, type Failure } from '../../../protocol/index.js';
import { mayActOn } from '../../domain/index.js';
import { rolesIfThere } from '../records/roles.js';
import type { Tx } from '../tx.js';
import { forgetFailures } from './guess_rows.js';
import { audit, authorityOf, lockAccounts, type Who } from './who.js';
import { operation } from './operation.js';

/** Forgets, for an administrator, the wrong guesses of an account. */
export const clear_throttle = operation(
  { locks: ['account'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string; readonly subject: string },
  ): Promise<
    { readonly account_id: string; readonly failures: number } | Failure<'not_found' | 'forbidden'>
  > => {
    const { account_id } = args;
    await lockAccounts(tx, args.who.actor, account_id);
    // Only the roles: reading the account as well would cost a third more.
    const target = await rolesIfThere(tx, account_id);
    if (target === null) return fail('not_found');
    if (!mayActOn(authorityOf(args.who.actor), permissionsOf(target))) return fail('forbidden');
    const failures = await forgetFailures(tx, args.subject);
    await audit(tx, args.who, 'throttle_cleared', account_id, { failures });
    return { account_id, failures };
  },
);
