/** The rows of devices on which somebody has signed in. */
import { DEVICES_MAX } from '../../domain/index.js';
import type { Tx } from '../tx.js';

/** The device that a session begins on: one that is known, or else a new one. */
export type SignInDevice = {
  /** The device whose token was shown; null when there was none. */
  readonly known_device_id: string | null;
  readonly device_id: string;
  readonly token_hash: Uint8Array;
};

/**
 * Notes that a device was used, or adds it. Returns its id. A known one that was removed meanwhile is a new one. The account
 * is locked: it has only so many.
 */
export async function keepDevice(
  tx: Tx,
  device: SignInDevice,
  owner: { readonly account_id: string; readonly key_id: string },
  at: number,
): Promise<string> {
  if (device.known_device_id !== null) {
    const used = await tx.run(
      'UPDATE devices SET last_used_at = $3 WHERE device_id = $1 AND account_id = $2',
      device.known_device_id,
      owner.account_id,
      at,
    );
    if (used === 1) return device.known_device_id;
  }
  // First go those whose token was never shown again, as of scripts that keep none; then those used longest ago.
  await tx.write(
    `DELETE FROM devices WHERE account_id = $1 AND device_id NOT IN (
       SELECT device_id FROM devices WHERE account_id = $1
       ORDER BY last_used_at > created_at DESC, last_used_at DESC, device_id LIMIT $2)`,
    owner.account_id,
    DEVICES_MAX - 1,
  );
  await tx.write(
    `INSERT INTO devices (device_id, account_id, token_hash, key_id, created_at, last_used_at)
     VALUES ($1, $2, $3, $4, $5, $5)`,
    device.device_id,
    owner.account_id,
    device.token_hash,
    owner.key_id,
    at,
  );
  return device.device_id;
}

/** Removes the device that a session began on, if it is still there. */
export async function removeDeviceOf(tx: Tx, session_id: string): Promise<void> {
  await tx.write(
    'DELETE FROM devices WHERE device_id = (SELECT device_id FROM sessions WHERE session_id = $1)',
    session_id,
  );
}

/** Removes the devices of an account, but for the one that a session began on. */
export async function removeDevices(
  tx: Tx,
  account_id: string,
  except_session_id: string | null,
): Promise<void> {
  await tx.write(
    `DELETE FROM devices WHERE account_id = $1 AND device_id NOT IN (
       SELECT device_id FROM sessions WHERE session_id = $2 AND device_id IS NOT NULL)`,
    account_id,
    except_session_id ?? '',
  );
}
