/** The rows that several operations write about sessions and sign-ins. */
import type { Device, SessionEndReason, SignInFailure, SignInMethod } from '../../../protocol/index.js';
import type { Tx } from '../engine.js';
import type { Who } from './who.js';

/** A session about to begin. */
export type NewSession = {
  readonly session_id: string;
  readonly token_hash: Uint8Array;
  readonly key_id: string;
  readonly idle_expires_at: number;
  readonly expires_at: number;
};

export async function insertSession(
  tx: Tx,
  session: NewSession,
  accountId: string,
  who: Who,
  device: Device,
): Promise<void> {
  await tx.run(
    `INSERT INTO sessions (session_id, account_id, token_hash, key_id, client_name, client_version, os, host_name,
       address, created_at, last_active_at, idle_expires_at, expires_at)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12)`,
    session.session_id,
    accountId,
    session.token_hash,
    session.key_id,
    device.client_name ?? null,
    device.client_version ?? null,
    device.os ?? null,
    device.host_name ?? null,
    who.address,
    who.at,
    session.idle_expires_at,
    session.expires_at,
  );
  await tx.run('UPDATE accounts SET last_seen_at = $2 WHERE account_id = $1', accountId, who.at);
}

/** Ends all live sessions of an account but `exceptId`; gives their ids. */
export async function endSessions(
  tx: Tx,
  who: Who,
  accountId: string,
  reason: SessionEndReason,
  exceptId: string | null,
): Promise<string[]> {
  const live = await tx.all<{ session_id: string }>(
    'SELECT session_id FROM sessions WHERE account_id = $1 AND ended_at IS NULL AND session_id <> $2',
    accountId,
    exceptId ?? '',
  );
  await tx.run(
    `UPDATE sessions SET ended_at = $2, end_reason = $3
     WHERE account_id = $1 AND ended_at IS NULL AND session_id <> $4`,
    accountId,
    who.at,
    reason,
    exceptId ?? '',
  );
  return live.map((row) => row.session_id);
}

export async function recordSignIn(
  tx: Tx,
  who: Who,
  accountId: string,
  entry: { readonly method: SignInMethod; readonly failure: SignInFailure | null; readonly device: Device },
): Promise<void> {
  await tx.run(
    `INSERT INTO sign_ins (account_id, at, method, success, failure, address, client_name, client_version, os, host_name)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10)`,
    accountId,
    who.at,
    entry.method,
    entry.failure === null ? 1 : 0,
    entry.failure,
    who.address,
    entry.device.client_name ?? null,
    entry.device.client_version ?? null,
    entry.device.os ?? null,
    entry.device.host_name ?? null,
  );
}
