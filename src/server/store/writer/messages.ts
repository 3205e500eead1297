/**
 * What the main thread and the writer thread say to each other. It crosses by structured clone, whose price goes by the
 * number of objects and of their keys, so writes and outcomes are laid out flat: that halves what crossing costs.
 */
import type { Permission } from '../../../protocol/index.js';
import type { Announcement } from '../announcements.js';
import type { OpenFault } from '../engine.js';
import type { OperationName } from '../operations/index.js';
import type { CarriedAddress } from '../postgres/address.js';
import type { Isolation } from '../postgres/isolation.js';
import type { Actor, Who } from '../operations/who.js';

/** The file that is written, and the lock that says whose it is. */
export type SqliteOptions = {
  readonly kind: 'sqlite';
  readonly database_path: string;
  readonly lock_path: string;
  readonly now_ms: number;
  /** Whether a database that isn't there, or is empty, is a fault and not a beginning. */
  readonly expected: boolean;
};

/** The database that is written, brought up to date already, by the server that holds it. */
export type PostgresOptions = {
  readonly kind: 'postgres';
  readonly address: CarriedAddress;
  readonly isolation: Isolation;
};

export type WriterOptions = SqliteOptions | PostgresOptions;

export type WriteRequest = {
  readonly number: number;
  readonly operation: OperationName;
  readonly args: unknown;
};

/** Writes one after the other, in as many places each as `packRequest` fills. */
export type PackedRequests = unknown[];

/** An array is writes. What is closed can be opened again. */
export type ToWriter =
  PackedRequests | { readonly kind: 'open'; readonly options: WriterOptions } | { readonly kind: 'close' };

/**
 * `unavailable`: the database can't be written now; nothing of the operation happened. `unknown`: nobody can tell whether it
 * happened. `error`: a fault of ours.
 */
export type WriteOutcome =
  | {
      readonly number: number;
      readonly result: unknown;
      /** Left out when there is nothing: most outcomes cross to the other thread without it. */
      readonly announced?: readonly Announcement[];
    }
  | { readonly number: number; readonly unavailable: string }
  | { readonly number: number; readonly unknown: string }
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

/** How many places a write takes: number, operation, three of when and where from, five of the actor, the other arguments. */
const REQUEST_PLACES = 11;

/** Adds a write to those that go to the writer thread together. */
export function packRequest(
  packed: PackedRequests,
  number: number,
  operation: OperationName,
  args: object,
): void {
  // Whoever acts is always called `who`; its own type is that of every operation's arguments.
  const { who, ...rest } = args as { readonly who?: Who };
  packed.push(number, operation);
  if (who === undefined) packed.push(null, null, null, null, null, null, null, null);
  else {
    packed.push(who.at, who.written_at ?? who.at, who.address);
    packActor(packed, who.actor);
  }
  packed.push(rest);
}

function packActor(packed: PackedRequests, actor: Actor): void {
  switch (actor.kind) {
    case 'session':
      packed.push('session', actor.account_id, actor.session_id, actor.secret_id, actor.permission);
      return;
    case 'program':
      packed.push('program', actor.key_id, null, actor.secret_id, null);
      return;
    case 'host':
    case 'system':
      packed.push(actor.kind, null, null, null, null);
      return;
  }
}

function unpackActor(
  kind: Actor['kind'],
  one: string,
  other: string,
  secret_id: number | null,
  permission: Permission | null,
): Actor {
  switch (kind) {
    case 'session':
      return { kind, account_id: one, session_id: other, secret_id, permission };
    case 'program':
      return { kind, key_id: one, secret_id };
    case 'host':
    case 'system':
      return { kind };
  }
}

/** Returns the writes of a message, for the one that runs them. */
export function unpackRequests(packed: PackedRequests): WriteRequest[] {
  const requests: WriteRequest[] = [];
  for (let place = 0; place < packed.length; place += REQUEST_PLACES) {
    // Each place holds what `packRequest` has laid into it.
    const args = packed[place + 10] as { who?: Who };
    const at = packed[place + 2] as number | null;
    if (at !== null) {
      args.who = {
        at,
        written_at: packed[place + 3] as number,
        address: packed[place + 4] as string,
        actor: unpackActor(
          packed[place + 5] as Actor['kind'],
          packed[place + 6] as string,
          packed[place + 7] as string,
          packed[place + 8] as number | null,
          packed[place + 9] as Permission | null,
        ),
      };
    }
    requests.push({
      number: packed[place] as number,
      operation: packed[place + 1] as OperationName,
      args,
    });
  }
  return requests;
}

/** How many places an outcome takes: number, what it is, its value, what was announced or null. */
const OUTCOME_PLACES = 4;
type OutcomeKind = 'result' | 'unavailable' | 'unknown' | 'error';

export function packOutcomes(outcomes: readonly WriteOutcome[]): PackedOutcomes {
  const packed: unknown[] = [];
  const add = (number: number, kind: OutcomeKind, value: unknown, announced: unknown): void =>
    void packed.push(number, kind, value, announced);
  for (const outcome of outcomes) {
    if ('result' in outcome) add(outcome.number, 'result', outcome.result, outcome.announced ?? null);
    else if ('unavailable' in outcome) add(outcome.number, 'unavailable', outcome.unavailable, null);
    else if ('unknown' in outcome) add(outcome.number, 'unknown', outcome.unknown, null);
    else add(outcome.number, 'error', outcome.error, null);
  }
  return packed;
}

export type OutcomeTaker = {
  done(number: number, result: unknown, announced: readonly Announcement[]): void;
  unavailable(number: number, reason: string): void;
  unknown(number: number, reason: string): void;
  fault(number: number, reason: string): void;
};

const NOTHING: readonly Announcement[] = [];

/** Hands each outcome of a message on; returns how many there were. */
export function takeOutcomes(packed: PackedOutcomes, taker: OutcomeTaker): number {
  for (let place = 0; place < packed.length; place += OUTCOME_PLACES) {
    // Each place holds what `packOutcomes` has laid into it.
    const number = packed[place] as number;
    const value = packed[place + 2];
    switch (packed[place + 1] as OutcomeKind) {
      case 'result':
        taker.done(number, value, (packed[place + 3] as readonly Announcement[] | null) ?? NOTHING);
        break;
      case 'unavailable':
        taker.unavailable(number, value as string);
        break;
      case 'unknown':
        taker.unknown(number, value as string);
        break;
      case 'error':
        taker.fault(number, value as string);
        break;
    }
  }
  return packed.length / OUTCOME_PLACES;
}
