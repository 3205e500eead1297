/**
 * Who is next, and who is turned away, when there is more work than slots. Lines form at four levels: lane (known devices,
 * everybody else), network, address, account; at each level those who wait share by cost. Pure: it starts nothing and
 * knows no time but its own.
 *
 * It is self-clocked fair queueing and not deficit round robin: work of different cost needs no quantum that fits the
 * largest, and an IPv6 network is bounded by dividing its cost, not by a second ring. What is served moves the clock to
 * its own end, and whoever comes anew begins at the clock, so a line that has emptied can be forgotten at once: there are
 * never more lines than pieces of work that wait. And whoever waits is overtaken by newcomers only until the clock has
 * reached them, so nobody starves.
 */
import { ADDRESSES_OF_A_NETWORK, addressKey, networkKey } from '../domain/index.js';

/** Whose work it is. */
export type Whose = {
  /** The peer's network address, as the limits shall see it. */
  readonly address: string;
  /** The account that it is about, or the name that somebody wants or tries: any text that differs for each. */
  readonly account: string;
  /** Whether it comes from a device of that account, which has shown so. */
  readonly known_device: boolean;
};

/**
 * A lane that keeps to its half of the places has its lines counted at a quarter when one has to be turned away: four
 * colleagues on known devices weigh as much as one stranger, and a crowd that fills one lane can't empty the other.
 */
const LINE_WEIGHT_WITHIN_SHARE = 0.25;

/** Levels below the root. */
const NETWORK = 1;
const ACCOUNT = 3;

type Waiting<T> = { readonly work: T; readonly cost: number; readonly order: number };

class Line<T> {
  /** When it is due, on the clock of the line that it belongs to. */
  due: number;
  /** Since when it is its turn to wait: the order of the work with which it began or of what was served since. */
  since: number;
  /** All that waits in it and below. */
  waiting = 0;
  /** The end of what was served last among its parts. */
  clock = 0;
  readonly parts = new Map<string, Line<T>>();
  readonly work: Waiting<T>[] = [];

  constructor(due: number, since: number) {
    this.due = due;
    this.since = since;
  }
}

/** The names of the lines that a piece of work stands in, from the outermost to the innermost. */
function pathOf({ address, account, known_device }: Whose): readonly string[] {
  const key = addressKey(address);
  return [known_device ? 'known' : 'others', networkKey(key) ?? key, key, account];
}

export class FairQueue<T> {
  readonly #placesMax: number;
  readonly #root = new Line<T>(0, 0);
  /** How much waits for each account, from whatever address. */
  readonly #ofAccount = new Map<string, number>();
  #order = 0;

  constructor(placesMax: number) {
    this.#placesMax = placesMax;
  }

  /** Returns how much waits. */
  get size(): number {
    return this.#root.waiting;
  }

  /** Returns how many lines there are, at all levels; never more than four for each piece of work that waits. */
  get lines(): number {
    const count = (line: Line<T>): number =>
      [...line.parts.values()].reduce((sum, part) => sum + 1 + count(part), 0);
    return count(this.#root);
  }

  /**
   * Puts work in its line. Returns what has to be turned away for it, which may be the work itself: the newest of the
   * longest line, when there are more than there are places. `cost`: 1 is the usual.
   */
  add(whose: Whose, cost: number, work: T): T | null {
    this.#order += 1;
    const path = pathOf(whose);
    let line = this.#root;
    line.waiting += 1;
    for (const name of path) {
      let part = line.parts.get(name);
      if (part === undefined) {
        part = new Line(line.clock, this.#order);
        line.parts.set(name, part);
      }
      part.waiting += 1;
      line = part;
    }
    line.work.push({ work, cost, order: this.#order });
    this.#count(whose.account, 1);
    return this.size > this.#placesMax ? this.#turnAway() : null;
  }

  /** Takes what is next; null when nothing waits. */
  take(): T | null {
    const path: string[] = [];
    const lines = [this.#root];
    let line = this.#root;
    while (line.parts.size > 0) {
      const [name, next] = earliest(line);
      path.push(name);
      lines.push(next);
      line = next;
    }
    const taken = line.work.shift();
    if (taken === undefined) return null;
    this.#order += 1;
    for (let level = 1; level < lines.length; level += 1) {
      const [parent, part] = [lines[level - 1], lines[level]];
      if (parent === undefined || part === undefined) break;
      part.due += taken.cost / (level - 1 === NETWORK ? sharesOf(part) : 1);
      part.since = this.#order;
      parent.clock = Math.max(parent.clock, part.due);
    }
    this.#leave(path);
    return taken.work;
  }

  /** Takes the newest work of the longest line out. */
  #turnAway(): T | null {
    let heaviest: { readonly rank: readonly number[]; readonly path: readonly string[] } | null = null;
    for (const [lane, inLane] of this.#root.parts) {
      const weight = inLane.waiting * 2 > this.#placesMax ? 1 : LINE_WEIGHT_WITHIN_SHARE;
      for (const [network, inNetwork] of inLane.parts) {
        for (const [address, inAddress] of inNetwork.parts) {
          const length = weight * Math.max(inAddress.waiting, inNetwork.waiting / ADDRESSES_OF_A_NETWORK);
          if (heaviest !== null && length < (heaviest.rank[0] ?? 0)) continue;
          for (const [account, { waiting, work }] of inAddress.parts) {
            // Among lines of one length: the account that so many addresses are at, then whoever came last.
            const rank = [length, waiting, this.#ofAccount.get(account) ?? 0, work.at(-1)?.order ?? 0];
            if (heaviest === null || isAbove(rank, heaviest.rank))
              heaviest = { rank, path: [lane, network, address, account] };
          }
        }
      }
    }
    if (heaviest === null) return null;
    const line = heaviest.path.reduce<Line<T> | undefined>((at, name) => at?.parts.get(name), this.#root);
    const newest = line?.work.pop();
    if (newest === undefined) return null;
    this.#leave(heaviest.path);
    return newest.work;
  }

  /** One less waits at the end of a path; lines that are empty go. */
  #leave(path: readonly string[]): void {
    let line: Line<T> | undefined = this.#root;
    line.waiting -= 1;
    for (const name of path) {
      const part: Line<T> | undefined = line.parts.get(name);
      if (part === undefined) return;
      part.waiting -= 1;
      if (part.waiting === 0) line.parts.delete(name);
      line = part;
    }
    const account = path[ACCOUNT];
    if (account !== undefined) this.#count(account, -1);
  }

  #count(account: string, by: number): void {
    const count = (this.#ofAccount.get(account) ?? 0) + by;
    if (count > 0) this.#ofAccount.set(account, count);
    else this.#ofAccount.delete(account);
  }
}

/** A network counts for as many as it has addresses that wait, up to what a network may have. */
function sharesOf<T>(network: Line<T>): number {
  return Math.min(ADDRESSES_OF_A_NETWORK, network.parts.size);
}

/** Returns the part that is due first. Of several at once the shortest, then the one that has waited longest. */
function earliest<T>(line: Line<T>): readonly [string, Line<T>] {
  let first: readonly [string, Line<T>] | null = null;
  for (const one of line.parts) {
    const part = one[1];
    if (
      first === null ||
      isAbove([first[1].due, first[1].waiting, first[1].since], [part.due, part.waiting, part.since])
    )
      first = one;
  }
  if (first === null) throw new Error('a line without parts has none that is due');
  return first;
}

/** Compares by the first number in which two ranks differ. */
function isAbove(one: readonly number[], other: readonly number[]): boolean {
  for (const [at, value] of one.entries()) {
    const beside = other[at] ?? 0;
    if (value !== beside) return value > beside;
  }
  return false;
}
