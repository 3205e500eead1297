/**
 * What others have announced, where this process may lose the database, be stopped, or be cut off while it runs. What it
 * remembers may be relied on as long as it has lately asked; after that it asks first.
 */
import type { Clock } from '../runtime/index.js';
import { ANNOUNCEMENTS_KEPT_MS, type Announcement } from './announcements.js';
import { StorageUnavailableError, type Engine } from './engine.js';
import { AnnouncementReads } from './reads/announcements.js';

/** How long after the question an answer can be relied on, milliseconds: within a second what has ended is refused. */
const FRESH_MS = 1_000;
/** One question may have been on its way already, and be too old when it is answered. */
const QUESTIONS = 2;

/** Whether what is remembered can be relied on. */
export type Freshness = {
  isFresh(): boolean;
  /** Resolves when it can be; throws StorageUnavailableError when it can't. */
  becomeFresh(): Promise<void>;
};

export class Hearing implements Freshness {
  readonly #held: NonNullable<Engine['held']>;
  readonly #reads: AnnouncementReads;
  readonly #clock: Clock;
  readonly #tell: (announcement: Announcement) => void;
  /** When the last question that was answered was asked, by both clocks: either may stand still. */
  #asked: { readonly passed: number; readonly wall: number } | null = null;
  /** Until when what was answered then can be relied on, by each of them. */
  #freshUntil = Number.NEGATIVE_INFINITY;
  #freshUntilWall = Number.NEGATIVE_INFINITY;
  #heard = 0;
  #losses = 0;
  #asking: Promise<void> | null = null;

  constructor(held: NonNullable<Engine['held']>, clock: Clock, tell: (announcement: Announcement) => void) {
    this.#held = held;
    this.#reads = new AnnouncementReads(held);
    this.#clock = clock;
    this.#tell = tell;
  }

  /** Begins with nothing remembered: what was announced before is of no concern. */
  async begin(): Promise<void> {
    const asked = this.#now();
    this.#heard = await this.#reads.newest();
    this.#answered(asked);
  }

  /** Asked with every request, so it costs no more than its two clocks. */
  isFresh(): boolean {
    return this.#clock.passed() <= this.#freshUntil && this.#clock.now() <= this.#freshUntilWall;
  }

  async becomeFresh(): Promise<void> {
    for (let question = 0; question < QUESTIONS && !this.isFresh(); question += 1) await this.ask();
    if (!this.isFresh())
      throw new StorageUnavailableError('what others have announced could not be read in time');
  }

  /** Asks for what others have announced and tells it. Throws StorageUnavailableError. */
  ask(): Promise<void> {
    return (this.#asking ??= this.#askNow().finally(() => (this.#asking = null)));
  }

  async #askNow(): Promise<void> {
    const asked = this.#now();
    const rows = await this.#reads.after(this.#heard);
    const { losses } = this.#held;
    // Another server may have had the database, and that writes no rows; or rows are gone again, because nobody asked for so long.
    const forgotten = this.#asked !== null && this.#ageOf(this.#asked) > ANNOUNCEMENTS_KEPT_MS / 2;
    if (losses !== this.#losses || forgotten) this.#tell({ kind: 'everything' });
    this.#losses = losses;
    for (const { number, announcement } of rows) {
      this.#heard = number;
      this.#tell(announcement);
    }
    this.#answered(asked);
  }

  #answered(asked: { readonly passed: number; readonly wall: number }): void {
    this.#asked = asked;
    this.#freshUntil = asked.passed + FRESH_MS;
    this.#freshUntilWall = asked.wall + FRESH_MS;
  }

  #now(): { readonly passed: number; readonly wall: number } {
    return { passed: this.#clock.passed(), wall: this.#clock.now() };
  }

  #ageOf({ passed, wall }: { readonly passed: number; readonly wall: number }): number {
    return Math.max(this.#clock.passed() - passed, this.#clock.now() - wall);
  }
}
