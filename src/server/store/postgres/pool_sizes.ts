/** How many connections there are. */

/** That read, on the main thread. */
export const READERS = 4;
/** That write, in the writer thread. More would wait for the same disk and the same rows. */
export const WRITERS = 8;
/** Of these and the one that holds the database. */
export const CONNECTIONS_MAX = READERS + WRITERS + 1;
