/** Whether a request shows that it comes from a device on which its account has signed in before. */
import { tokenHash } from '../crypto/index.js';
import type { KnownDevice, Store } from '../store/index.js';

/** The part of a sign-in that tells which account it is about, and on which device. */
type Shown = { readonly device_token: string; readonly user: { readonly account_name: string } };

/** Returns true for params that show a device token. They were checked by their schema before. */
export function showsDevice(params: object | null): params is Shown {
  return params !== null && 'device_token' in params && 'user' in params;
}

/**
 * Returns the device whose token was shown; null when the token was never given, to another client key, to another account, or
 * is void by now. Whether the named account exists makes no difference to what is looked up.
 */
export async function knownDevice(
  { device_token, user }: Shown,
  key_id: string,
  at: number,
  { read }: Pick<Store, 'read'>,
): Promise<KnownDevice | null> {
  const device = await read.devices.byToken(tokenHash(device_token), key_id, at);
  if (device === null) return null;
  const credential = await read.accounts.credentialByName(user.account_name);
  return credential?.account_id === device.account_id ? device : null;
}
