/** The device tokens of a server as its client asks for them. What can't be read or kept is left out: signing in goes on without. */
import type { DeviceTokenStore, ServerAddress } from '../../client/index.js';
import { type Keep, KeepError } from '../keep/index.js';

function orNull<T>(work: () => T): T | null {
  try {
    return work();
  } catch (error) {
    if (error instanceof KeepError) return null;
    throw error;
  }
}

/** Returns the place of a server's device tokens among what this machine keeps. `keeps`: whether a new one is written there. */
export const keptDevices = (keep: Keep, address: ServerAddress, keeps: boolean): DeviceTokenStore => ({
  find: (name) => orNull(() => keep.deviceToken(address, name)),
  keep: (account_id, names, device_token) => {
    if (keeps) orNull(() => keep.rememberDevice(address, account_id, names, device_token));
  },
});
