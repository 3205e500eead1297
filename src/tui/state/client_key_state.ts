/** What a client key is good for now. Pure. */
import { LOCAL_KEY_ID, type ClientKeyRecord } from '../../protocol/index.js';

/** In the order in which they are sorted: what can be used first. */
export const CLIENT_KEY_STATES = ['local', 'valid', 'until', 'rotating', 'ended', 'revoked'] as const;
export type ClientKeyState = (typeof CLIENT_KEY_STATES)[number];

export function clientKeyState(
  { key_id, revoked_at, expires_at, next }: ClientKeyRecord,
  now: number,
): ClientKeyState {
  if (key_id === LOCAL_KEY_ID) return 'local';
  if (revoked_at !== null) return 'revoked';
  if (expires_at !== null && expires_at <= now) return 'ended';
  if (next !== null) return 'rotating';
  return expires_at === null ? 'valid' : 'until';
}
