/** The clock of this room: wall time in Unix milliseconds. */
export const systemNow = (): number => Date.now();
