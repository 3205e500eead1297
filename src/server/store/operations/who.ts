/** Who does something, what they may do, and the audit row of it. Every operation that changes something starts here. */
import {
  PERMISSION_NAMES,
  permissionsOf,
  type AuditEvent,
  type Permission,
} from '../../../protocol/index.js';
import type { Tx } from '../tx.js';
import { rolesOf } from '../records/roles.js';

/** Whoever acts. A closed union: a new kind has to say everywhere what it may. */
export type Actor =
  /** A person, signed in. */
  | { readonly kind: 'session'; readonly account_id: string; readonly session_id: string }
  /** A program that has proved a client key, and nobody is signed in on its connection. */
  | { readonly kind: 'program'; readonly key_id: string }
  /** Whoever runs commands on the server's own machine: the files are theirs. */
  | { readonly kind: 'host' }
  /** The server itself, by the clock. */
  | { readonly kind: 'system' };

/** Who asked, from where and when. Times are Unix milliseconds. */
export type Who = {
  readonly at: number;
  readonly actor: Actor;
  /** A network address, or `console`. */
  readonly address: string;
};

const EVERYTHING: ReadonlySet<Permission> = new Set(PERMISSION_NAMES);
const NOTHING: ReadonlySet<Permission> = new Set();

/**
 * Returns what an actor may do, as it stands inside the transaction: what was true when the request was let in may have
 * changed since.
 */
export function authorityOf(tx: Tx, actor: Actor): Promise<ReadonlySet<Permission>> {
  switch (actor.kind) {
    case 'session':
      return rolesOf(tx, actor.account_id).then(permissionsOf);
    case 'host':
    case 'system':
      return Promise.resolve(EVERYTHING);
    case 'program':
      return Promise.resolve(NOTHING);
  }
}

/** The same people after they have signed in by what they ask for. */
export function signedInAs(who: Who, account_id: string, session_id: string): Who {
  return { at: who.at, address: who.address, actor: { kind: 'session', account_id, session_id } };
}

/**
 * Locks accounts that an operation is about, together with the one that acts: its roles must not change meanwhile.
 */
export function lockAccounts(tx: Tx, actor: Actor, ...ids: readonly string[]): Promise<void> {
  return actor.kind === 'session' ? tx.lock('account', actor.account_id, ...ids) : tx.lock('account', ...ids);
}

/** Details hold names and ids only: never a password, a token, a hash or a code. */
export type AuditDetails = Readonly<Record<string, string | number | boolean | null | readonly string[]>>;

/** Adds the audit row of a change, in the transaction of the change. */
export async function audit(
  tx: Tx,
  who: Who,
  event: AuditEvent,
  targetId: string | null,
  details: AuditDetails = {},
): Promise<void> {
  const { actor } = who;
  const person = actor.kind === 'session' ? actor : null;
  await tx.run(
    `INSERT INTO audit_events (at, event, actor_id, target_id, session_id, address, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    who.at,
    event,
    person?.account_id ?? null,
    targetId,
    person?.session_id ?? null,
    who.address,
    JSON.stringify(details),
  );
}
