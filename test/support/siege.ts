/**
 * An account under siege for simulated days: the real guard over the real statements, on a database in memory and a clock that
 * jumps from event to event. The attackers know all rules, always come first, and never miss a moment.
 */
import Database from 'better-sqlite3';
import { isFailure } from '../../src/protocol/index.js';
import { accountSubject, ALLOWANCE_MS, CLEAN_MS, deviceSubject } from '../../src/server/domain/index.js';
import { countFailure, forgetFailures } from '../../src/server/store/operations/guess_rows.js';
import { GuessReads } from '../../src/server/store/reads/guesses.js';
import { migrate, pendingMigrations } from '../../src/server/store/sqlite/migrations/index.js';
import { sqliteReader, sqliteTx } from '../../src/server/store/sqlite/statements.js';
import { LadderGuard } from '../../src/server/throttle/guess_guard.js';
import { FakeClock } from './fake_clock.js';

const ACCOUNT = accountSubject('a_00000000000000000000');
const DEVICE = deviceSubject('d_00000000000000000000');

type Attacker = {
  readonly address: string;
  /** When its network counts as clean again. */
  clean_at: number;
  /** When it was told to come again. */
  ready_at: number;
};

export class Siege implements Disposable {
  readonly clock = new FakeClock(Date.UTC(2026, 0, 1));
  /** Guesses of the attackers that were looked at. */
  guesses = 0;
  readonly #db = new Database(':memory:');
  readonly #tx = sqliteTx(this.#db, {
    lock: () => Promise.resolve(),
    announce: () => Promise.resolve(),
    wrote: () => undefined,
  });
  readonly #guard: LadderGuard;
  readonly #attackers: Attacker[];
  /** When guesses that still count were made, oldest first. */
  #counting: number[] = [];

  /** `addresses`: how many the attackers have, each in a network of its own. */
  constructor(addresses: number) {
    migrate(this.#db, pendingMigrations(this.#db, ':memory:'), this.clock.now());
    const guesses = new GuessReads(sqliteReader(this.#db));
    this.#guard = new LadderGuard({ store: { read: { guesses } }, clock: this.clock, enabled: true });
    this.#attackers = Array.from({ length: addresses }, (_, n) => ({
      address: `10.${n >> 16}.${(n >> 8) & 255}.${n & 255}`,
      clean_at: 0,
      ready_at: 0,
    }));
  }

  /** Returns how long the owner would have to wait at an address that is no attacker's; 0 is let in. Changes nothing. */
  async newDeviceWaits(address = '192.0.2.1'): Promise<number> {
    const guess = await this.#guard.begin(ACCOUNT, address);
    if (isFailure(guess)) return guess.retry_after_ms;
    await guess.succeeded();
    guess.end();
    return 0;
  }

  /** The same on a device that is known. */
  async knownDeviceWaits(): Promise<number> {
    const guess = await this.#guard.beginOwn(DEVICE);
    if (isFailure(guess)) return guess.retry_after_ms;
    guess.end();
    return 0;
  }

  /** The owner mistypes. Returns whether it was looked at. */
  mistypes(address = '192.0.2.1'): Promise<boolean> {
    return this.#guessWrong(address).then((wait) => wait === 0);
  }

  /** The owner, who was let in, has typed the right password. */
  async signsIn(address = '192.0.2.1'): Promise<void> {
    const place = { subject: ACCOUNT, address, network: address, half: 'open' } as const;
    await forgetFailures(this.#tx, place);
  }

  /** Lets the attackers guess wherever they are let, now. */
  async attack(): Promise<void> {
    const now = this.clock.now();
    this.#counting = this.#counting.filter((at) => at > now - ALLOWANCE_MS);
    const able = (clean: boolean): Attacker[] =>
      this.#attackers.filter(({ ready_at, clean_at }) => ready_at <= now && clean_at <= now === clean);
    // Who is clean is saved for the half that is kept for them.
    for (const clean of [false, true, false]) {
      for (const attacker of able(clean)) {
        const looked_at = await this.#attackFrom(attacker, clean ? 1 : Number.POSITIVE_INFINITY);
        // The account takes no more from such addresses.
        if (looked_at === 0) break;
      }
    }
  }

  /** Guesses from an address until it has to wait, or often enough. Returns how many guesses were looked at. */
  async #attackFrom(attacker: Attacker, most: number): Promise<number> {
    const now = this.clock.now();
    for (let looked_at = 0; looked_at < most; looked_at += 1) {
      const wait = await this.#guessWrong(attacker.address);
      if (wait > 0) {
        if (looked_at > 0) attacker.ready_at = now + wait;
        return looked_at;
      }
      this.guesses += 1;
      this.#counting.push(now);
      attacker.clean_at = now + CLEAN_MS;
    }
    return most;
  }

  /** Returns how long to wait; 0 when it was looked at, and was wrong. */
  async #guessWrong(address: string): Promise<number> {
    const guess = await this.#guard.begin(ACCOUNT, address);
    if (isFailure(guess)) return guess.retry_after_ms;
    await countFailure(this.#tx, guess.place, this.clock.now());
    guess.end();
    return 0;
  }

  /** Goes on to the next moment at which anything can change, but not beyond `end`. */
  next(end: number): void {
    const now = this.clock.now();
    const moments = [
      end,
      ...this.#counting.map((at) => at + ALLOWANCE_MS),
      ...this.#attackers.flatMap(({ ready_at, clean_at }) => [ready_at, clean_at]),
    ].filter((at) => at > now);
    this.clock.advance(Math.min(...moments) - now);
  }

  [Symbol.dispose](): void {
    this.#db.close();
  }
}
