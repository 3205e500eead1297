/** How long a device stays known, and how many an account has. */

/** Twice as long as the longest session unless told, so that whoever signs in again after one is still known. Milliseconds. */
export const DEVICE_KNOWN_MS = 365 * 86_400_000;
/** Machines and programs of one person; each of them may guess on a ladder of its own. */
export const DEVICES_MAX = 20;
