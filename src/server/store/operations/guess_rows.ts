/** The counters of wrong guesses. Written in the transaction of the verdict, so that a restart forgets nothing. */
import type { Tx } from '../tx.js';

/** Adds a wrong guess to a counter. */
export async function countFailure(tx: Tx, subject: string, at: number): Promise<void> {
  await tx.run(
    `INSERT INTO guess_counters (subject, failures, last_failure_at) VALUES ($1, 1, $2)
     ON CONFLICT (subject) DO UPDATE SET failures = guess_counters.failures + 1, last_failure_at = $2`,
    subject,
    at,
  );
}

/** Sets a counter back; returns the wrong guesses that it held. */
export async function forgetFailures(tx: Tx, subject: string): Promise<number> {
  const row = await tx.get<{ failures: number }>(
    'SELECT failures FROM guess_counters WHERE subject = $1',
    subject,
  );
  if (row === undefined) return 0;
  await tx.run('DELETE FROM guess_counters WHERE subject = $1', subject);
  return row.failures;
}
