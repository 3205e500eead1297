/** The clock of the interface and its commands. */
/** Returns the time, Unix milliseconds. */
export const systemNow = (): number => Date.now();
