/** Plain TCP beyond this machine: the words for whoever insists on it, which both programs want in full. */

/** What has to be said to serve plain TCP to other machines, and to speak it to them. */
export const INSECURE_PLAIN = 'everyone-may-read-the-passwords';
export type InsecurePlain = typeof INSECURE_PLAIN;
