/** The rows that several operations write about sessions and sign-ins. */
import type { Device, SessionEndReason, SignInFailure, SignInMethod } from '../../../protocol/index.js';
import type { SqlValue, Tx } from '../tx.js';
import { LIVE } from '../records/sessions.js';
import { keepDevice, type SignInDevice } from './device_rows.js';
import { audit, type Who } from './who.js';

/** A session about to begin. */
export type NewSession = {
  readonly session_id: string;
  readonly token_hash: Uint8Array;
  readonly refresh_hash: Uint8Array;
  /** Live sessions that the account may have, this one included; the oldest make room. */
  readonly sessions_max: number;
  readonly key_id: string;
  /** Where it begins. */
  readonly on: SignInDevice;
  readonly idle_expires_at: number;
  readonly expires_at: number;
};

/**
 * Begins a session. Older ones make room for it. The account is locked: it has only so many. Returns the id of the device that
 * it begins on.
 */
export async function insertSession(
  tx: Tx,
  session: NewSession,
  accountId: string,
  who: Who,
  device: Device,
): Promise<string> {
  await makeRoom(tx, who, accountId, session.sessions_max - 1);
  const owner = { account_id: accountId, key_id: session.key_id };
  const device_id = await keepDevice(tx, session.on, owner, who.at);
  await tx.write(
    `INSERT INTO sessions (session_id, account_id, token_hash, key_id, client_name, client_version, os, host_name,
       address, created_at, last_active_at, idle_expires_at, expires_at, device_id)
     VALUES ($1, $2, $3, $4, $5, $6, $7, $8, $9, $10, $10, $11, $12, $13)`,
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
    device_id,
  );
  await insertRefreshToken(tx, session.refresh_hash, session.session_id, who.at);
  await tx.write('UPDATE accounts SET last_seen_at = $2 WHERE account_id = $1', accountId, who.at);
  return device_id;
}

/** Ends the sessions that were active longest ago until `most` live ones are left. */
async function makeRoom(tx: Tx, who: Who, accountId: string, most: number): Promise<void> {
  const live = await tx.all<{ session_id: string }>(
    `SELECT s.session_id FROM sessions s WHERE s.account_id = $1 AND ${LIVE}
     ORDER BY s.last_active_at DESC, s.created_at DESC, s.session_id`,
    accountId,
    who.at,
  );
  const surplus = live.slice(most).map((row) => row.session_id);
  for (const id of surplus) {
    await tx.write(
      "UPDATE sessions SET ended_at = $2, end_reason = 'replaced' WHERE session_id = $1",
      id,
      who.at,
    );
    await audit(tx, who, 'session_replaced', accountId, { ended_session_id: id });
  }
  await announceEnded(tx, accountId, surplus, 'replaced');
}

/** Ends all live sessions of an account but `exceptId`; returns how many. */
export async function endSessions(
  tx: Tx,
  who: Who,
  accountId: string,
  reason: SessionEndReason,
  exceptId: string | null,
): Promise<number> {
  const ended = await tx.all<{ session_id: string }>(
    `UPDATE sessions SET ended_at = $2, end_reason = $3
     WHERE account_id = $1 AND ended_at IS NULL AND session_id <> $4 RETURNING session_id`,
    accountId,
    who.at,
    reason,
    exceptId ?? '',
  );
  await announceEnded(
    tx,
    accountId,
    ended.map((row) => row.session_id),
    reason,
  );
  return ended.length;
}

/** Announces sessions that have ended, if there are any. */
export async function announceEnded(
  tx: Tx,
  account_id: string,
  session_ids: readonly string[],
  reason: SessionEndReason,
): Promise<void> {
  if (session_ids.length > 0) await tx.announce({ kind: 'sessions_ended', account_id, session_ids, reason });
}

type SignInEntry = {
  readonly method: SignInMethod;
  readonly failure: SignInFailure | null;
  readonly device: Device;
};

/** Nothing where there is no such account. */
const INSERT_SIGN_IN = `INSERT INTO sign_ins (account_id, at, method, success, failure, address, client_name, client_version, os, host_name)
  SELECT account_id, $2, $3, $4, $5, $6, $7, $8, $9, $10 FROM accounts WHERE account_id = $1`;

/** Adds to the history of an account. */
export function recordSignIn(tx: Tx, who: Who, accountId: string, entry: SignInEntry): Promise<void> {
  return tx.write(INSERT_SIGN_IN, ...signInValues(who, accountId, entry));
}

/** The same for one that need not be there. Returns false, with nothing written, when it isn't. */
export async function recordSignInIfThere(
  tx: Tx,
  who: Who,
  accountId: string,
  entry: SignInEntry,
): Promise<boolean> {
  return (await tx.run(INSERT_SIGN_IN, ...signInValues(who, accountId, entry))) === 1;
}

function signInValues(who: Who, accountId: string, entry: SignInEntry): SqlValue[] {
  return [
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
  ];
}

/** Adds a refresh token of a session. */
export async function insertRefreshToken(
  tx: Tx,
  hash: Uint8Array,
  sessionId: string,
  at: number,
): Promise<void> {
  await tx.write(
    'INSERT INTO refresh_tokens (token_hash, session_id, created_at) VALUES ($1, $2, $3)',
    hash,
    sessionId,
    at,
  );
}
