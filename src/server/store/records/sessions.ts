/** How rows become the contract's sessions. */
import type { Session } from '../../../protocol/index.js';

export const SESSION_COLUMNS = `s.session_id, s.account_id, s.client_name, s.client_version, s.os, s.host_name,
  s.address, COALESCE(s.last_address, s.address) AS last_address, s.created_at, s.last_active_at, s.idle_expires_at, s.expires_at`;

export type SessionRow = Omit<Session, 'current' | 'last_address'> & {
  readonly last_address: string;
  readonly account_id: string;
  readonly idle_expires_at: number;
};

/** Returns a session for the wire. Its end is whichever of idle and absolute end comes first. */
export function toSession(row: SessionRow, currentId: string | null): Session {
  // Name by name: an object made with a rest has a shape of its own, and reading fifty thousand shapes is slow.
  return {
    session_id: row.session_id,
    current: row.session_id === currentId,
    client_name: row.client_name,
    client_version: row.client_version,
    os: row.os,
    host_name: row.host_name,
    address: row.address,
    last_address: row.last_address,
    created_at: row.created_at,
    last_active_at: row.last_active_at,
    expires_at: Math.min(row.expires_at, row.idle_expires_at),
  };
}

/** What makes a session `s` live at time $2. */
export const LIVE = 's.ended_at IS NULL AND s.expires_at > $2 AND s.idle_expires_at > $2';
