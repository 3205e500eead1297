/** The operation that removes what nobody needs any more. */
import { GUESSES_MAX } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { ownOperation } from './operation.js';

/** Rows of a kind removed at once, so that cleaning never holds up other writes for long. */
const PRUNE_ROWS_MAX = 500;

/**
 * Removes what is older than each of the times: ended sessions, sign-ins, counters of wrong guesses (but for passwords
 * that wait for an administrator), exchanged refresh tokens, announcements; and codes past their end. Returns whether there may be more of a kind.
 */
export const prune = ownOperation(
  // Rows that nobody asks for any more.
  { locks: [] },
  async (
    tx: Tx,
    args: {
      readonly at: number;
      readonly ended_before: number;
      readonly sign_ins_before: number;
      readonly counters_before: number;
      readonly rotated_before: number;
      readonly announced_before: number;
    },
  ): Promise<boolean> => {
    const sessions = await tx.run(
      `DELETE FROM sessions WHERE session_id IN (
       SELECT session_id FROM sessions WHERE ended_at < $1 OR expires_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.ended_before,
    );
    const signIns = await tx.run(
      `DELETE FROM sign_ins WHERE sign_in_id IN (SELECT sign_in_id FROM sign_ins WHERE at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.sign_ins_before,
    );
    const codes = await tx.run('DELETE FROM one_time_codes WHERE expires_at < $1', args.at);
    const counters = await tx.run(
      `DELETE FROM guess_counters WHERE subject IN (
       SELECT subject FROM guess_counters WHERE last_failure_at < $1 AND failures < ${GUESSES_MAX}
       LIMIT ${PRUNE_ROWS_MAX})`,
      args.counters_before,
    );
    // A token that was exchanged so long ago is refused whether or not we remember whose it was.
    const rotated = await tx.run(
      `DELETE FROM refresh_tokens WHERE token_hash IN (
       SELECT token_hash FROM refresh_tokens WHERE rotated_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.rotated_before,
    );
    const announced = await tx.run(
      `DELETE FROM announcements WHERE announcement_id IN (
       SELECT announcement_id FROM announcements WHERE at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.announced_before,
    );
    return [sessions, signIns, codes, counters, rotated, announced].some((rows) => rows >= PRUNE_ROWS_MAX);
  },
);
