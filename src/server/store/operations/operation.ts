/**
 * How an operation is written down: with what must be true of it whenever it succeeds. Every engine looks after it, so a lock
 * or an announcement that is forgotten is told by the first test that runs the operation.
 */
import type { Announcement } from '../announcements.js';
import type { LockKind } from '../lock_order.js';
import type { Tx } from '../tx.js';
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

/**
 * Returns the operation with its rule. Whoever acts is asked for again in front of it: what let the request in may have
 * ended since. `run` never hears of those who may not any more.
 */
export function operation<A extends { readonly who: Who }, R>(
  rule: OperationRule,
  run: (tx: Tx, args: A) => Promise<R>,
): Operation<A, R | NotAdmitted> {
  const guarded = async (tx: Tx, args: A): Promise<R | NotAdmitted> =>
    (await notAdmittedNow(tx, args.who)) ?? run(tx, args);
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
