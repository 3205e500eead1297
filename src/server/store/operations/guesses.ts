/** The counters of wrong guesses. Written in the transaction of the verdict, so that a restart forgets nothing. */
import { fail, type Failure } from '../../../protocol/index.js';
import type { Tx } from '../engine.js';
import { rolesIfThere, rolesOf } from '../records.js';
import { mayActOn } from '../../domain/index.js';
import { permissionsOf } from '../../../protocol/index.js';
import { audit, type Who } from './who.js';

export async function countFailure(tx: Tx, subject: string, at: number): Promise<void> {
  await tx.run(
    `INSERT INTO guess_counters (subject, failures, last_failure_at) VALUES ($1, 1, $2)
     ON CONFLICT (subject) DO UPDATE SET failures = guess_counters.failures + 1, last_failure_at = $2`,
    subject,
    at,
  );
}

export async function forgetFailures(tx: Tx, subject: string): Promise<number> {
  const row = await tx.get<{ failures: number }>(
    'SELECT failures FROM guess_counters WHERE subject = $1',
    subject,
  );
  if (row === undefined) return 0;
  await tx.run('DELETE FROM guess_counters WHERE subject = $1', subject);
  return row.failures;
}

/** An administrator forgets the wrong guesses of an account. */
export async function clear_throttle(
  tx: Tx,
  args: { readonly who: Who; readonly account_id: string; readonly subject: string },
): Promise<{ readonly account_id: string; readonly failures: number } | Failure<'not_found' | 'forbidden'>> {
  const { account_id } = args;
  const target = await rolesIfThere(tx, account_id);
  if (target === null) return fail('not_found');
  const actor = args.who.actor_id === null ? [] : await rolesOf(tx, args.who.actor_id);
  if (!mayActOn(permissionsOf(actor), permissionsOf(target))) return fail('forbidden');
  const failures = await forgetFailures(tx, args.subject);
  await audit(tx, args.who, 'throttle_cleared', account_id, { failures });
  return { account_id, failures };
}
