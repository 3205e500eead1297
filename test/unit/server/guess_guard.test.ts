/** The guard against guessing, where the database answers late: what it says may be from before. */
import { describe, expect, test } from 'vitest';
import { isFailure } from '../../../src/protocol/index.js';
import { LadderGuard } from '../../../src/server/throttle/guess_guard.js';
import { FakeClock } from '../../support/fake_clock.js';

/** A database whose answers are what it knew when it was asked, and come when they are let go. */
class LateGuesses {
  failures = 0;
  #held: (() => void)[] = [];
  readonly #clock: FakeClock;

  constructor(clock: FakeClock) {
    this.#clock = clock;
  }

  get waiting(): number {
    return this.#held.length;
  }

  letGo(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  ofOwn = async (): Promise<{ failures: number; last_failure_at: number } | null> => {
    const { failures } = this;
    const last_failure_at = this.#clock.now();
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return failures === 0 ? null : { failures, last_failure_at };
  };

  ofStranger = async (): Promise<{
    counter: { failures: number; last_failure_at: number } | null;
    clean: boolean;
    recent: never[];
  }> => ({ counter: await this.ofOwn(), clean: false, recent: [] });
}

describe.each(['begin', 'beginOwn'] as const)('%s', (way) => {
  function guarded() {
    const clock = new FakeClock();
    const guesses = new LateGuesses(clock);
    const guard = new LadderGuard({ store: { read: { guesses: guesses as never } }, clock, enabled: true });
    const ask = () =>
      way === 'begin' ? guard.begin('account:a', '203.0.113.5') : guard.beginOwn('session:s');
    return { guesses, ask };
  }

  test('a guess that ends while another is judged by an older answer still counts for it', async () => {
    const { guesses, ask } = guarded();
    const first = [ask(), ask(), ask()];
    guesses.letGo();
    const guessing = await Promise.all(first);
    expect(guessing.filter((guess) => isFailure(guess))).toEqual([]);
    // Asked now, when nothing is written down; answered when all three are, and are over.
    const late = ask();
    guesses.failures = 3;
    for (const guess of guessing) if (!isFailure(guess)) guess.end();
    guesses.letGo();
    expect(await late).toMatchObject({ failed: 'throttled' });
  });

  test('and for nobody who asks afterwards: a right one gives its place back', async () => {
    const { guesses, ask } = guarded();
    const first = [ask(), ask(), ask()];
    guesses.letGo();
    const guessing = await Promise.all(first);
    const late = ask();
    for (const guess of guessing) if (!isFailure(guess)) guess.end();
    guesses.letGo();
    expect(isFailure(await late)).toBe(true);
    const after = ask();
    guesses.letGo();
    expect(isFailure(await after)).toBe(false);
  });
});
