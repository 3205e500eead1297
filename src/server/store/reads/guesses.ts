/** What is known of wrong guesses before another one is looked at. */
import { ALLOWANCE_MS, CLEAN_MS, type Half, type RecentGuess } from '../../domain/index.js';
import type { Reader } from '../tx.js';

/** Wrong guesses in a row. */
export type GuessCounter = { readonly failures: number; readonly last_failure_at: number };

export type StrangerGuesses = {
  /** Of this address at this subject; null when there were none. */
  readonly counter: GuessCounter | null;
  /** Whether nothing was guessed wrong from this network lately, at whatever account. */
  readonly clean: boolean;
  /** Of whatever address at this subject, as far as it counts; oldest first. */
  readonly recent: readonly RecentGuess[];
};

type Row = {
  readonly failures: number | null;
  readonly last_failure_at: number | null;
  readonly guessed: number;
  readonly half: Half | null;
  readonly at: number | null;
};

export class GuessReads {
  readonly #reader: Reader;

  constructor(reader: Reader) {
    this.#reader = reader;
  }

  /**
   * Returns what counts for a stranger's guess. What was counted later than now was counted before the clock was set back,
   * and counts no longer.
   */
  async ofStranger(asked: {
    readonly subject: string;
    readonly address: string;
    readonly network: string;
    readonly now: number;
  }): Promise<StrangerGuesses> {
    const { subject, address, network, now } = asked;
    const rows = await this.#reader.all<Row>(
      `SELECT c.failures, c.last_failure_at, g.half, g.at, CASE WHEN EXISTS (
         SELECT 1 FROM guess_counters n
         WHERE n.network = $3 AND n.network <> '' AND n.last_failure_at > $5 AND n.last_failure_at <= $4)
         THEN 1 ELSE 0 END AS guessed
       FROM (SELECT 1 AS one) o
         LEFT JOIN guess_counters c ON c.subject = $1 AND c.address = $2
         LEFT JOIN stranger_guesses g ON g.subject = $1 AND g.at > $6 AND g.at <= $4
       ORDER BY g.at`,
      subject,
      address,
      network,
      now,
      now - CLEAN_MS,
      now - ALLOWANCE_MS,
    );
    const [first] = rows;
    return {
      counter:
        first === undefined || first.failures === null || first.last_failure_at === null
          ? null
          : { failures: first.failures, last_failure_at: first.last_failure_at },
      clean: first?.guessed !== 1,
      recent: rows.flatMap(({ half, at }) => (half === null || at === null ? [] : [{ half, at }])),
    };
  }

  /** Returns the wrong guesses in a row of a device or a session; null when there were none. */
  async ofOwn(subject: string): Promise<GuessCounter | null> {
    const row = await this.#reader.get<GuessCounter>(
      "SELECT failures, last_failure_at FROM guess_counters WHERE subject = $1 AND address = ''",
      subject,
    );
    return row ?? null;
  }
}
