import { CLIENT_KEY_BYTES, isFailure, LIMITS } from '../../../protocol/index.js';
import type { Handler } from '../handler.js';
import { withKey } from '../replies.js';

export const rotate_client_key: Handler<'rotate_client_key'> = async (
  { write, random, who },
  { key_id, overlap_hours = LIMITS.client_key_overlap_hours_default },
) => {
  const key = random.bytes(CLIENT_KEY_BYTES);
  const rotated = await write('rotate_client_key', { who, key_id, key, overlap_hours });
  return isFailure(rotated) ? rotated : withKey(rotated, key);
};
