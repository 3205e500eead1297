/** Operations on what slows down guessing. */
import { isFailure, type Failure } from '../../../protocol/index.js';
import type { Tx } from '../tx.js';
import { targetFor } from './account_rows.js';
import { forgetFailures } from './guess_rows.js';
import { audit, lockAccounts, type Who } from './who.js';

/** Forgets, for an administrator, the wrong guesses of an account. */
export async function clear_throttle(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly subject: string },
): Promise<{ readonly account_id: string; readonly failures: number } | Failure<'not_found' | 'forbidden'>> {
  const { account_id } = args;
  await lockAccounts(tx, args.who.actor, account_id);
  const target = await targetFor(tx, args.who, account_id);
  if (isFailure(target)) return target;
  const failures = await forgetFailures(tx, args.subject);
  await audit(tx, args.who, 'throttle_cleared', account_id, { failures });
  return { account_id, failures };
}
