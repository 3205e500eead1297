/** The counters of wrong guesses. Written in the transaction of the verdict, so that a restart forgets nothing. */
import { accountSubject, ALLOWANCE_MS, type GuessPlace } from '../../domain/index.js';
import type { Tx } from '../tx.js';

/** Adds a wrong guess where it is counted. */
export async function countFailure(tx: Tx, place: GuessPlace, at: number): Promise<void> {
  const { subject, address, network, half } = place;
  await tx.write(
    `INSERT INTO guess_counters (subject, address, network, failures, last_failure_at) VALUES ($1, $2, $3, 1, $4)
     ON CONFLICT (subject, address) DO UPDATE SET failures = guess_counters.failures + 1, last_failure_at = $4`,
    subject,
    address,
    network,
    at,
  );
  if (half === null) return;
  await tx.write('DELETE FROM stranger_guesses WHERE subject = $1 AND at <= $2', subject, at - ALLOWANCE_MS);
  await tx.write(
    'INSERT INTO stranger_guesses (subject, address, half, at) VALUES ($1, $2, $3, $4)',
    subject,
    address,
    half,
    at,
  );
}

/** Sets a counter back after a right guess. What others guessed at the same account stays. */
export async function forgetFailures(tx: Tx, { subject, address, half }: GuessPlace): Promise<void> {
  await tx.write('DELETE FROM guess_counters WHERE subject = $1 AND address = $2', subject, address);
  if (half === null) return;
  await tx.write('DELETE FROM stranger_guesses WHERE subject = $1 AND address = $2', subject, address);
}

/** What is counted for an account: by strangers, on its devices, in its sessions. */
const OF_ACCOUNT = `subject = $1
  OR subject IN (SELECT 'device:' || device_id FROM devices WHERE account_id = $2)
  OR subject IN (SELECT 'session:' || session_id FROM sessions WHERE account_id = $2 AND ended_at IS NULL)`;

/** Forgets all wrong guesses at an account, wherever they were made; returns how many there were. */
export async function forgetAllFailures(tx: Tx, account_id: string): Promise<number> {
  const subject = accountSubject(account_id);
  const counters = await tx.all<{ failures: number }>(
    `DELETE FROM guess_counters WHERE ${OF_ACCOUNT} RETURNING failures`,
    subject,
    account_id,
  );
  await tx.write('DELETE FROM stranger_guesses WHERE subject = $1', subject);
  return counters.reduce((sum, { failures }) => sum + failures, 0);
}
