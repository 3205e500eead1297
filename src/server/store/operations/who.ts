/** Who does something, whether they still may, and the audit row of it. Every operation that changes something starts here. */
import {
  fail,
  permissionsOf,
  type AuditEvent,
  type Failure,
  type Held,
  type Permission,
} from '../../../protocol/index.js';
import type { Tx } from '../tx.js';
import { VALID } from '../records/client_keys.js';
import { heldAmong } from '../records/roles.js';
import { LIVE } from '../records/sessions.js';

/**
 * Which of the secrets behind a client key a connection has proved; null for the local key, which can't be revoked.
 */
type ProvedSecret = number | null;

/** Whoever acts. A closed union: a new kind has to say everywhere what it may. */
export type Actor =
  /** A person, signed in. */
  | {
      readonly kind: 'session';
      readonly account_id: string;
      readonly session_id: string;
      readonly secret_id: ProvedSecret;
      /** What the action asks of whoever calls it; null when being signed in is enough. */
      readonly permission: Permission | null;
    }
  /** A program that has proved a client key, and nobody is signed in on its connection. */
  | { readonly kind: 'program'; readonly key_id: string; readonly secret_id: ProvedSecret }
  /** Whoever runs commands on the server's own machine: the files are theirs. */
  | { readonly kind: 'host' }
  /** The server itself, by the clock. */
  | { readonly kind: 'system' };

/** Who asked, from where and when. Times are Unix milliseconds. */
export type Who = {
  readonly at: number;
  /** When it is handed over to be written, where that is later: a password may have been checked meanwhile. */
  written_at?: number;
  readonly actor: Actor;
  /** A network address, or `console`. */
  readonly address: string;
};

/** What actors of the transactions under way may do, as `notAdmittedNow` finds it. */
const HELD = new WeakMap<Actor, Promise<Held>>();
const EVERYTHING: Held = permissionsOf(['admin']);
const NOTHING: Held = new Set();

/**
 * Returns what an actor may do, as it stands inside the transaction: what was true when the request was let in may have
 * changed since. `operation` has asked whether whoever acts still may, and the answer may be under way.
 */
export async function authorityOf(actor: Actor): Promise<Held> {
  switch (actor.kind) {
    case 'session':
      return (await HELD.get(actor)) ?? NOTHING;
    case 'host':
    case 'system':
      return EVERYTHING;
    case 'program':
      return NOTHING;
  }
}

/** Why an act is not done although it was let in. `hmac_error`: the client key of its connection has ended. */
export type NotAdmitted = Failure<'hmac_error' | 'session_invalid' | 'forbidden'> & {
  readonly not_admitted: true;
};

function notAdmitted(code: NotAdmitted['failed']): NotAdmitted {
  return { ...fail(code), not_admitted: true };
}

/** Returns true for what `notAdmittedNow` returns, among all results of operations. */
export function isNotAdmitted(result: unknown): result is NotAdmitted {
  return typeof result === 'object' && result !== null && 'not_admitted' in result;
}

/** Whether a secret is good at time $1. The server's own keys are in no row. */
const SECRET_IS_GOOD = `SELECT 1 AS good FROM client_key_secrets s JOIN client_keys k ON k.key_id = s.key_id
  WHERE ${VALID} AND s.secret_id`;

/** Whoever is signed in: a row for each role and what it permits besides, none when the session is over or its account not active at time $2. */
const SIGNED_IN = `SELECT r.role, p.permission, CAST($5 AS bigint) IS NULL OR EXISTS (${SECRET_IS_GOOD} = $5) AS good
  FROM sessions s JOIN accounts a ON a.account_id = s.account_id LEFT JOIN account_roles r ON r.account_id = a.account_id
  LEFT JOIN role_permissions p ON p.role = r.role
  WHERE s.session_id = $3 AND a.account_id = $4 AND ${LIVE} AND a.status = 'active'`;

/**
 * Returns why whoever acts may not any more, or null: their session, their account, what they may do and their client key
 * are asked for again where the deed is done, in one statement. `operation` asks in front of everything else, so that
 * nothing is written for anybody whose end was acknowledged before.
 */
export async function notAdmittedNow(tx: Tx, who: Who): Promise<NotAdmitted | null> {
  const { actor, at, written_at = at } = who;
  switch (actor.kind) {
    case 'host':
    case 'system':
      return null;
    case 'program': {
      if (actor.secret_id === null) return null;
      const good = await tx.get(`${SECRET_IS_GOOD} = $2`, written_at, actor.secret_id);
      return good === undefined ? notAdmitted('hmac_error') : null;
    }
    case 'session': {
      const { session_id, account_id, secret_id } = actor;
      const asked = tx
        .all<SignedIn>(SIGNED_IN, written_at, written_at, session_id, account_id, secret_id)
        .then((rows) => judge(actor, rows));
      HELD.set(actor, asked.then(whatIsHeld, heldByNobody));
      return (await asked).refused;
    }
  }
}

type SignedIn = { readonly role: string | null; readonly permission: string | null; readonly good: number };
type Judged = { readonly refused: NotAdmitted | null; readonly held: Held };

function judge({ permission }: Actor & { kind: 'session' }, rows: readonly SignedIn[]): Judged {
  const [first] = rows;
  if (first === undefined) return { refused: notAdmitted('session_invalid'), held: NOTHING };
  if (first.good !== 1) return { refused: notAdmitted('hmac_error'), held: NOTHING };
  const held = heldAmong(rows);
  if (permission !== null && !held.has(permission))
    return { refused: notAdmitted('forbidden'), held: NOTHING };
  return { refused: null, held };
}

const whatIsHeld = ({ held }: Judged): Held => held;
const heldByNobody = (): Held => NOTHING;

/** The same people after they have signed in by what they ask for. */
export function signedInAs(who: Who, account_id: string, session_id: string): Who {
  const { actor } = who;
  const secret_id = 'secret_id' in actor ? actor.secret_id : null;
  return { ...who, actor: { kind: 'session', account_id, session_id, secret_id, permission: null } };
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
  await tx.write(
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
