/**
 * Lines that anybody can make the server write, as often as they like: refused handshakes, refused requests, peers that fall
 * silent. The first ones are written as they are; in a flood the rest is counted, and told once a minute with its reasons and
 * the addresses that most of it came from. Nobody fills a disk with it, and nobody hides behind it.
 */

/** What a flood can be made of. A closed list, so that what is counted is bounded. */
export type StrangerKind = 'handshake' | 'tls' | 'accept' | 'closed' | 'request' | 'storage';

type Budget = {
  /** Lines that one address has in a minute, and all together. */
  readonly an_address: number;
  readonly all: number;
  readonly says: string;
};

/** A refused handshake is of a program that has the wrong key: one line tells that. A wrong password is of a person: each counts. */
const BUDGETS: Readonly<Record<StrangerKind, Budget>> = {
  handshake: { an_address: 1, all: 1, says: 'more handshakes were refused' },
  tls: { an_address: 5, all: 20, says: 'more peers did not come to TLS 1.3' },
  accept: { an_address: 1, all: 1, says: 'more connections could not be accepted' },
  closed: { an_address: 5, all: 60, says: 'more connections were closed' },
  request: { an_address: 20, all: 120, says: 'more requests were refused' },
  storage: { an_address: 5, all: 20, says: 'more requests failed inside the server' },
};

const MINUTE_MS = 60_000;
/** Addresses that are counted each by itself; more are counted together. */
const ADDRESSES_MAX = 1_000;
const REASONS_MAX = 100;
/** Reasons of which the first line is written whatever the budget. */
const SEEN_MAX = 20;
const TOP = 5;
const OTHERS = 'others';

/** What was counted of one kind since its minute began. */
class Counted {
  written = 0;
  more = 0;
  readonly #byAddress = new Map<string, { written: number; more: number }>();
  readonly #reasons = new Map<string, number>();
  readonly #seen = new Set<string>();

  /** Returns true for a line that is within the budget. */
  take(budget: Budget, address: string, reason: string): boolean {
    const known = this.#byAddress.has(address) || this.#byAddress.size < ADDRESSES_MAX;
    const key = known ? address : OTHERS;
    const of = this.#byAddress.get(key) ?? { written: 0, more: 0 };
    this.#byAddress.set(key, of);
    // What was not seen in this minute is worth a line, in a flood of something else, too.
    const fresh = this.#seen.size < SEEN_MAX && !this.#seen.has(reason);
    if (fresh) this.#seen.add(reason);
    if (fresh || (this.written < budget.all && of.written < budget.an_address)) {
      this.written += 1;
      of.written += 1;
      return true;
    }
    this.more += 1;
    of.more += 1;
    const of_reason = this.#reasons.has(reason) || this.#reasons.size < REASONS_MAX ? reason : OTHERS;
    this.#reasons.set(of_reason, (this.#reasons.get(of_reason) ?? 0) + 1);
    return false;
  }

  get summary(): Record<string, unknown> {
    const addresses = [...this.#byAddress].filter(([, { more }]) => more > 0);
    const top = addresses.sort(([, a], [, b]) => b.more - a.more).slice(0, TOP);
    return {
      count: this.more,
      reasons: Object.fromEntries([...this.#reasons].sort(([, a], [, b]) => b - a)),
      addresses: addresses.length,
      most: Object.fromEntries(top.map(([address, { more }]) => [address, more])),
    };
  }
}

export class Strangers {
  readonly #tell: (fields: Record<string, unknown>, says: string) => void;
  readonly #minute_ms: number;
  readonly #kinds = new Map<StrangerKind, Counted>();
  #timer: NodeJS.Timeout | null = null;

  /** `tell` writes the line that sums up. */
  constructor(tell: (fields: Record<string, unknown>, says: string) => void, minute_ms = MINUTE_MS) {
    this.#tell = tell;
    this.#minute_ms = minute_ms;
  }

  /** Returns true when the line is to be written now; false when it was counted instead. */
  pass(kind: StrangerKind, address: string, reason: string): boolean {
    let counted = this.#kinds.get(kind);
    if (counted === undefined) this.#kinds.set(kind, (counted = new Counted()));
    this.#timer ??= setTimeout(() => this.tell(), this.#minute_ms).unref();
    return counted.take(BUDGETS[kind], address, reason);
  }

  /** Tells what was counted, and begins a new minute. */
  tell(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
    this.#timer = null;
    const before = [...this.#kinds];
    this.#kinds.clear();
    for (const [kind, counted] of before)
      if (counted.more > 0) this.#tell({ flood: kind, ...counted.summary }, BUDGETS[kind].says);
  }
}
