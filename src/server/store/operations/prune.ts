/** The operation that removes what nobody needs any more. */
import { ALLOWANCE_MS, DEVICE_KNOWN_MS } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { ownOperation } from './operation.js';

/** Rows of a kind removed at once, so that cleaning never holds up other writes for long. */
const PRUNE_ROWS_MAX = 500;

/**
 * Removes what is older than each of the times: ended sessions, sign-ins, counters of wrong guesses, exchanged
 * refresh tokens, announcements; and what is past its end: codes, wrong guesses that draw from no allowance any more, devices. Returns whether there may be more of a kind.
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
      `DELETE FROM guess_counters WHERE last_failure_at < $1 AND (subject, address) IN (
       SELECT subject, address FROM guess_counters WHERE last_failure_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.counters_before,
    );
    const guesses = await tx.run(
      `DELETE FROM stranger_guesses WHERE guess_id IN (
       SELECT guess_id FROM stranger_guesses WHERE at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.at - ALLOWANCE_MS,
    );
    const devices = await tx.run(
      `DELETE FROM devices WHERE last_used_at < $1 AND device_id IN (
       SELECT device_id FROM devices WHERE last_used_at < $1 LIMIT ${PRUNE_ROWS_MAX})`,
      args.at - DEVICE_KNOWN_MS,
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
    return [sessions, signIns, codes, counters, guesses, devices, rotated, announced].some(
      (rows) => rows >= PRUNE_ROWS_MAX,
    );
  },
);
