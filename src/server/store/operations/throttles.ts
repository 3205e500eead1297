/** Operations on what slows down guessing. */
import { fail, type AuditEvent, type Failure } from '../../../protocol/index.js';
import { mayActOn } from '../../domain/index.js';
import { heldBy, rolesIfThere } from '../records/roles.js';
import type { Tx } from '../tx.js';
import { forgetAllFailures } from './guess_rows.js';
import { audit, authorityOf, lockAccounts, type AuditDetails, type Who } from './who.js';
import { operation } from './operation.js';

/** Forgets, for an administrator or the host, the wrong guesses at an account. */
export const clear_throttle = operation(
  { locks: ['account'] },
  async (
    tx: Tx,
    args: { readonly who: Who; readonly account_id: string },
  ): Promise<
    { readonly account_id: string; readonly failures: number } | Failure<'not_found' | 'forbidden'>
  > => {
    const { account_id } = args;
    await lockAccounts(tx, args.who.actor, account_id);
    // Only the roles: reading the account as well would cost a third more.
    const target = await rolesIfThere(tx, account_id);
    if (target === null) return fail('not_found');
    if (!mayActOn(await authorityOf(args.who.actor), await heldBy(tx, target))) return fail('forbidden');
    const failures = await forgetAllFailures(tx, account_id);
    await audit(tx, args.who, 'throttle_cleared', account_id, { failures });
    return { account_id, failures };
  },
);

/** Writes down refusals like one that the audit log has a row of already: one row for all, with their `count`. */
export const record_repeated_refusals = operation(
  { locks: [] },
  async (
    tx: Tx,
    args: {
      readonly who: Who;
      readonly event: AuditEvent;
      readonly target_id: string | null;
      readonly details: AuditDetails;
      readonly count: number;
    },
  ): Promise<null> => {
    await audit(tx, args.who, args.event, args.target_id, { ...args.details, count: args.count });
    return null;
  },
);
