/** Who does something, and the audit row of it. Every operation that changes something starts here. */
import type { AuditEvent } from '../../../protocol/index.js';
import type { Tx } from '../engine.js';

/** Who asked, from where and when. Times are Unix milliseconds. */
export type Who = {
  readonly at: number;
  readonly actor_id: string | null;
  readonly session_id: string | null;
  readonly address: string;
};

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
  await tx.run(
    `INSERT INTO audit_events (at, event, actor_id, target_id, session_id, address, details)
     VALUES ($1, $2, $3, $4, $5, $6, $7)`,
    who.at,
    event,
    who.actor_id,
    targetId,
    who.session_id,
    who.address,
    JSON.stringify(details),
  );
}
