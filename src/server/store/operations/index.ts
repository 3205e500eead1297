/**
 * The named operations: all that ever writes to the database. Each is a function of a transaction and plain arguments,
 * runs in one transaction with its audit row, and either happens as a whole or not at all. An operation that returns a
 * failure is rolled back like one that throws. Whoever acts is asked for again in front of it (`operation`). It takes its locks
 * first, refuses before it writes, and announces what others remember and can't rely on any more.
 *
 * All that a file named here exports is an operation; what several of them need stands in the files beside, `*_rows.ts`.
 */
import * as accounts from './accounts.js';
import * as clientKeys from './client_keys.js';
import * as keyRing from './key_ring.js';
import * as passwords from './passwords.js';
import * as prune from './prune.js';
import * as refreshTokens from './refresh_tokens.js';
import * as roles from './roles.js';
import * as sessions from './sessions.js';
import * as setupCodes from './setup_codes.js';
import * as throttles from './throttles.js';
import type { NotAdmitted, Who } from './who.js';

export const OPERATIONS = {
  ...accounts,
  ...clientKeys,
  ...keyRing,
  ...passwords,
  ...prune,
  ...refreshTokens,
  ...roles,
  ...sessions,
  ...setupCodes,
  ...throttles,
} as const;

export type OperationName = keyof typeof OPERATIONS;
export type OperationArgs<O extends OperationName> = Parameters<(typeof OPERATIONS)[O]>[1];
/** What an operation gives to whoever may act. That somebody may not any more is thrown by the store. */
export type OperationResult<O extends OperationName> = Exclude<
  Awaited<ReturnType<(typeof OPERATIONS)[O]>>,
  NotAdmitted
>;
/** Operations that somebody asks for: all but the server's own. */
export type AskedOperationName = {
  [O in OperationName]: OperationArgs<O> extends { readonly who: Who } ? O : never;
}[OperationName];
