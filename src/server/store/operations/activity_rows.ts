/** What is written when a session is used: when it was active, from where, and what its client says about itself. */
import type { Device, SignInMethod } from '../../../protocol/index.js';
import { NEW_PLACES, NEW_PLACES_MS, placeKey, PLACES_MAX } from '../../domain/index.js';
import type { Tx } from '../tx.js';
import { recordSignIn } from './session_rows.js';
import { audit, type Who } from './who.js';

/** How a session goes on from another place. */
export type GoesOnBy = Extract<SignInMethod, 'resume' | 'refresh'>;

export type Activity = {
  readonly account_id: string;
  readonly session_id: string;
  readonly idle_expires_at: number;
  /** What the client says about itself now; null leaves what the session shows. */
  readonly device: Device | null;
  readonly by: GoesOnBy;
};

/** What a session shows of where and on what it is used. */
type Used = {
  readonly address: string;
  readonly last_address: string;
  readonly last_active_at: number;
  readonly client_name: string | null;
  readonly client_version: string | null;
  readonly os: string | null;
  readonly host_name: string | null;
};

/**
 * Notes that a session and its account are active; never makes anything shorter. From a place where the session was not used
 * before, the history of the account tells of it. Returns whether the session shows anything else now. The account and the
 * session are locked.
 */
export async function noteActivity(tx: Tx, who: Who, activity: Activity): Promise<boolean> {
  const { session_id, account_id, idle_expires_at } = activity;
  const { at, address } = who;
  const used = await tx.get<Used>(
    `SELECT address, COALESCE(last_address, address) AS last_address, last_active_at, client_name, client_version, os, host_name
     FROM sessions WHERE session_id = $1 AND ended_at IS NULL`,
    session_id,
  );
  if (used === undefined) return false;
  const says = activity.device === null ? used : shownOf(activity.device);
  const later = used.last_active_at < at;
  // Also by a clock that was set back: where it is used is no question of time.
  if (!later && used.last_address === address && saysTheSame(used, says)) return false;
  await tx.write(
    `UPDATE sessions SET last_active_at = CASE WHEN last_active_at < $2 THEN $2 ELSE last_active_at END, idle_expires_at = CASE WHEN last_active_at <= $2 THEN $3 ELSE idle_expires_at END, last_address = $4,
       client_name = $5, client_version = $6, os = $7, host_name = $8 WHERE session_id = $1`,
    session_id,
    at,
    idle_expires_at,
    address,
    says.client_name,
    says.client_version,
    says.os,
    says.host_name,
  );
  await tx.write(
    'UPDATE accounts SET last_seen_at = $2 WHERE account_id = $1 AND last_seen_at < $2',
    account_id,
    at,
  );
  if (placeKey(address) !== placeKey(used.address)) await notePlace(tx, who, activity, used, says);
  return true;
}

type Says = Pick<Used, 'client_name' | 'client_version' | 'os' | 'host_name'>;

function shownOf({ client_name, client_version, os, host_name }: Device): Says {
  return {
    client_name: client_name ?? null,
    client_version: client_version ?? null,
    os: os ?? null,
    host_name: host_name ?? null,
  };
}

function saysTheSame(one: Says, other: Says): boolean {
  return (
    one.client_name === other.client_name &&
    one.client_version === other.client_version &&
    one.os === other.os &&
    one.host_name === other.host_name
  );
}

/** Tells of a place where the session has not been used, once; of so many a day, however many there are. */
async function notePlace(tx: Tx, who: Who, activity: Activity, used: Used, says: Says): Promise<void> {
  const { session_id, account_id, by } = activity;
  const { at, address } = who;
  const place = placeKey(address);
  const known = await tx.run(
    'UPDATE session_places SET last_used_at = $3 WHERE session_id = $1 AND place = $2',
    session_id,
    place,
    at,
  );
  if (known === 1) return;
  const lately = await tx.get<{ places: number }>(
    'SELECT count(*) AS places FROM session_places WHERE session_id = $1 AND first_used_at > $2',
    session_id,
    at - NEW_PLACES_MS,
  );
  // Not remembered either: if it is still used tomorrow, it is told tomorrow.
  if ((lately?.places ?? 0) >= NEW_PLACES) return;
  await tx.write(
    `DELETE FROM session_places WHERE session_id = $1 AND place NOT IN (
       SELECT place FROM session_places WHERE session_id = $1 ORDER BY last_used_at DESC, place LIMIT $2)`,
    session_id,
    PLACES_MAX - 1,
  );
  await tx.write(
    'INSERT INTO session_places (session_id, place, first_used_at, last_used_at) VALUES ($1, $2, $3, $3)',
    session_id,
    place,
    at,
  );
  await recordSignIn(tx, who, account_id, { method: by, failure: null, device: saidOf(says) });
  await audit(tx, who, 'session_moved', account_id, { by, last_address: used.last_address });
}

function saidOf({ client_name, client_version, os, host_name }: Says): Device {
  return {
    ...(client_name === null ? {} : { client_name }),
    ...(client_version === null ? {} : { client_version }),
    ...(os === null ? {} : { os }),
    ...(host_name === null ? {} : { host_name }),
  };
}
