/**
 * What the main thread and the writer thread say to each other. It crosses by structured clone, whose price goes by the
 * number of objects and of their keys, so writes and outcomes are laid out flat: that halves what crossing costs.
 */
import type { Announcement } from '../announcements.js';
import type { OpenFault } from '../engine.js';
import type { OperationName } from '../operations/index.js';
import type { Actor, Who } from '../operations/who.js';

export type WriterOptions = {
  readonly database_path: string;
  readonly lock_path: string;
  readonly now_ms: number;
};

export type WriteRequest = {
  readonly number: number;
  readonly operation: OperationName;
  readonly args: unknown;
};

/** Writes one after the other, in as many places each as `packRequest` fills. */
export type PackedRequests = unknown[];

/** An array is writes. */
export type ToWriter = PackedRequests | { readonly kind: 'close' };

/** `unavailable`: the database can't be written now; nothing of the operation happened. `error`: a fault of ours. */
export type WriteOutcome =
  | {
      readonly number: number;
      readonly result: unknown;
      /** Left out when there is nothing: most outcomes cross to the other thread without it. */
      readonly announced?: readonly Announcement[];
    }
  | { readonly number: number; readonly unavailable: string }
  | { readonly number: number; readonly error: string };

export type FromWriter =
  | {
      readonly kind: 'ready';
      readonly migrated_from: number;
      readonly schema_version: number;
      /** Where the database was copied to before it was migrated; null when nothing was. */
      readonly backup_path: string | null;
    }
  | { readonly kind: 'not_opened'; readonly fault: OpenFault; readonly message: string }
  /** `slow`: the disk took long, so that it pays to begin early with what waits. */
  | { readonly kind: 'outcomes'; readonly outcomes: PackedOutcomes; readonly slow: boolean }
  | { readonly kind: 'closed' };

/** Outcomes one after the other, in as many places each as `packOutcomes` fills. */
export type PackedOutcomes = readonly unknown[];

type PackedActor = readonly [kind: Actor['kind'], one: string | null, other: string | null];

function packActor(actor: Actor): PackedActor {
  switch (actor.kind) {
    case 'session':
      return ['session', actor.account_id, actor.session_id];
    case 'program':
      return ['program', actor.key_id, null];
    case 'host':
    case 'system':
      return [actor.kind, null, null];
  }
}

function unpackActor(kind: Actor['kind'], one: string | null, other: string | null): Actor {
  switch (kind) {
    case 'session':
      return { kind, account_id: one ?? '', session_id: other ?? '' };
    case 'program':
      return { kind, key_id: one ?? '' };
    case 'host':
    case 'system':
      return { kind };
  }
}

type PackedRequest = readonly [
  number: number,
  operation: OperationName,
  /** Null where the arguments name nobody; then the next four places mean nothing. */
  at: number | null,
  address: string,
  ...actor: PackedActor,
  args: unknown,
];
/** How many places a write takes; the tuple says what they are. */
const REQUEST_PLACES: PackedRequest['length'] = 8;
const NOBODY: PackedActor = ['system', null, null];

/** Adds a write to those that go to the writer thread together. */
export function packRequest(
  packed: PackedRequests,
  number: number,
  operation: OperationName,
  args: object,
): void {
  // Whoever acts is always called `who`; its own type is that of every operation's arguments.
  const { who, ...rest } = args as { readonly who?: Who };
  const one: PackedRequest =
    who === undefined
      ? [number, operation, null, '', ...NOBODY, rest]
      : [number, operation, who.at, who.address, ...packActor(who.actor), rest];
  packed.push(...one);
}

/** Returns the writes of a message, for the one that runs them. */
export function unpackRequests(packed: PackedRequests): WriteRequest[] {
  const requests: WriteRequest[] = [];
  for (let place = 0; place < packed.length; place += REQUEST_PLACES) {
    // What `packRequest` has laid down, place by place.
    const [number, operation, at, address, kind, one, other, args] = packed.slice(
      place,
      place + REQUEST_PLACES,
    ) as unknown as PackedRequest;
    if (at !== null) (args as { who: Who }).who = { at, address, actor: unpackActor(kind, one, other) };
    requests.push({ number, operation, args });
  }
  return requests;
}

type PackedOutcome = readonly [
  number: number,
  kind: 'result' | 'unavailable' | 'error',
  value: unknown,
  announced: readonly Announcement[] | null,
];
const OUTCOME_PLACES: PackedOutcome['length'] = 4;

export function packOutcomes(outcomes: readonly WriteOutcome[]): PackedOutcomes {
  const packed: unknown[] = [];
  for (const outcome of outcomes) {
    const { number } = outcome;
    let one: PackedOutcome;
    if ('result' in outcome) one = [number, 'result', outcome.result, outcome.announced ?? null];
    else if ('unavailable' in outcome) one = [number, 'unavailable', outcome.unavailable, null];
    else one = [number, 'error', outcome.error, null];
    packed.push(...one);
  }
  return packed;
}

/** Returns the outcomes of a message. */
export function unpackOutcomes(packed: PackedOutcomes): WriteOutcome[] {
  const outcomes: WriteOutcome[] = [];
  for (let place = 0; place < packed.length; place += OUTCOME_PLACES) {
    // What `packOutcomes` has laid down, place by place.
    const [number, kind, value, announced] = packed.slice(
      place,
      place + OUTCOME_PLACES,
    ) as unknown as PackedOutcome;
    if (kind === 'result')
      outcomes.push(announced === null ? { number, result: value } : { number, result: value, announced });
    else if (kind === 'unavailable') outcomes.push({ number, unavailable: String(value) });
    else outcomes.push({ number, error: String(value) });
  }
  return outcomes;
}
