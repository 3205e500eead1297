/**
 * How an operation is written down: with what must be true of it whenever it succeeds. Every engine looks after it, so a lock
 * or an announcement that is forgotten is told by the first test that runs the operation.
 */
import type { Announcement } from '../announcements.js';
import type { LockKind } from '../lock_order.js';
import type { SqlRow, SqlValue, Tx } from '../tx.js';
import { notAdmittedNow, type NotAdmitted, type Who } from './who.js';

type Kind = Announcement['kind'];

export type OperationRule = {
  /** What it locks, always. */
  readonly locks: readonly LockKind[];
  /** What it announces, always. */
  readonly announces?: readonly Kind[];
  /** What it may announce besides, as it finds things. */
  readonly may_announce?: readonly Kind[];
};

/** A function of a transaction and plain arguments, with its rule. */
type Operation<A, R> = { (tx: Tx, args: A): Promise<R>; readonly rule: OperationRule };

/** Breaks an operation off for somebody who may not act any more. */
class NotAdmittedNow extends Error {
  readonly failure: NotAdmitted;
  constructor(failure: NotAdmitted) {
    super(failure.failed);
    this.failure = failure;
  }
}

/**
 * A transaction that asks for whoever acts as soon as it holds what the operation always locks, and again after any lock
 * behind that: while it waited they may have lost what let them in. The answer isn't waited for: what is asked next goes out
 * behind the question, and nothing that was answered comes back before it is known that they may.
 */
class GuardedTx implements Tx {
  readonly waits = true;
  readonly #tx: Tx;
  readonly #who: Who;
  readonly #last: LockKind | null;
  /** Rejects with NotAdmittedNow for whoever may not any more; null before it was asked. */
  #admission: Promise<unknown> | null = null;
  /** Something was asked in front of the locks: that they may act was true before it, and need not be any more. */
  #early = false;

  constructor(tx: Tx, who: Who, locks: readonly LockKind[]) {
    this.#tx = tx;
    this.#who = who;
    this.#last = locks.at(-1) ?? null;
    if (locks.length === 0) this.#admit();
  }

  async get<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R | undefined> {
    return this.#behind(() => this.#tx.get<R>(sql, ...values));
  }

  async all<R extends object = SqlRow>(sql: string, ...values: readonly SqlValue[]): Promise<R[]> {
    return this.#behind(() => this.#tx.all<R>(sql, ...values));
  }

  async run(sql: string, ...values: readonly SqlValue[]): Promise<number> {
    return this.#behind(() => this.#tx.run(sql, ...values));
  }

  write(sql: string, ...values: readonly SqlValue[]): Promise<void> {
    if (this.#admission === null) this.#admitEarly();
    return this.#tx.write(sql, ...values);
  }

  async lock(kind: LockKind, ...ids: readonly string[]): Promise<void> {
    await this.#tx.lock(kind, ...ids);
    // Of whoever was let in early it is enough to ask behind the last lock.
    if (kind !== this.#last && (this.#early || this.#admission === null)) return;
    this.#admit();
    this.#early = false;
  }

  announce(announcement: Announcement): Promise<void> {
    return this.#tx.announce(announcement);
  }

  /** Waits for the answer; asks again when the operation has ended without its locks. Throws NotAdmittedNow. */
  async finish(): Promise<void> {
    if (this.#early) this.#admit();
    await this.#admission;
  }

  async #behind<T>(ask: () => Promise<T>): Promise<T> {
    if (this.#admission === null) this.#admitEarly();
    const [answer] = await Promise.all([ask(), this.#admission]);
    return answer;
  }

  #admit(): void {
    const asked = notAdmittedNow(this.#tx, this.#who).then((refused) => {
      if (refused !== null) throw new NotAdmittedNow(refused);
    });
    // Whoever was refused once stays refused.
    this.#admission = Promise.all([this.#admission, asked]);
    this.#admission.catch(() => null);
  }

  #admitEarly(): void {
    this.#admit();
    this.#early = true;
  }
}

/** Runs an operation where others write at the same time. */
async function runGuarded<A extends { readonly who: Who }, R>(
  tx: Tx,
  args: A,
  locks: readonly LockKind[],
  run: (tx: Tx, args: A) => Promise<R>,
): Promise<R | NotAdmitted> {
  const guarded = new GuardedTx(tx, args.who, locks);
  try {
    // What it asked for may have failed just because of whom it was asked for: that they may not is said first.
    const result = await run(guarded, args).finally(() => guarded.finish());
    return result;
  } catch (error) {
    if (error instanceof NotAdmittedNow) return error.failure;
    throw error;
  }
}

/**
 * Returns the operation with its rule. Whoever acts is asked for again in front of all that it reads, refuses and writes: what
 * let the request in may have ended since. `run` never hears of those who may not any more.
 */
export function operation<A extends { readonly who: Who }, R>(
  rule: OperationRule,
  run: (tx: Tx, args: A) => Promise<R>,
): Operation<A, R | NotAdmitted> {
  const guarded = async (tx: Tx, args: A): Promise<R | NotAdmitted> =>
    tx.waits
      ? runGuarded(tx, args, rule.locks, run)
      : ((await notAdmittedNow(tx, args.who)) ?? run(tx, args));
  return Object.assign(guarded, { rule });
}

/** The same for what the server does by itself, on nobody's behalf. */
export function ownOperation<A, R>(
  rule: OperationRule,
  run: (tx: Tx, args: A) => Promise<R>,
): Operation<A, R> {
  return Object.assign(run, { rule });
}

/** Returns a sentence for what an operation that succeeded has left out or said too much; null when all is well. */
export function ruleFault(
  { locks, announces = [], may_announce = [] }: OperationRule,
  locked: (kind: LockKind) => boolean,
  announced: readonly Announcement[],
): string | null {
  for (const kind of locks) if (!locked(kind)) return `'${kind}' is not locked`;
  for (const kind of announces) {
    if (!announced.some((one) => one.kind === kind)) return `'${kind}' is not announced`;
  }
  for (const { kind } of announced) {
    if (!announces.includes(kind) && !may_announce.includes(kind))
      return `'${kind}' is announced, and its rule does not name it`;
  }
  return null;
}
