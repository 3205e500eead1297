/** What the main thread and the writer thread say to each other. Plain data: it crosses by structured clone. */
import type { Announcement } from '../announcements.js';
import type { OpenFault } from '../engine.js';
import type { OperationName } from '../operations/index.js';

export type WriterOptions = {
  readonly database_path: string;
  readonly lock_path: string;
  readonly now_ms: number;
  /** Whether a database that isn't there, or is empty, is a fault and not a beginning. */
  readonly expected: boolean;
};

export type WriteRequest = {
  readonly number: number;
  readonly operation: OperationName;
  readonly args: unknown;
};

export type ToWriter =
  { readonly kind: 'write'; readonly requests: readonly WriteRequest[] } | { readonly kind: 'close' };

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
  | { readonly kind: 'outcomes'; readonly outcomes: readonly WriteOutcome[]; readonly slow: boolean }
  | { readonly kind: 'closed' };
