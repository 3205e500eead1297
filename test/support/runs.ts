/** Whether this is the quick test, which is for the middle of a day's work. */
export const QUICK = process.env['PORTCULLIS_QUICK'] === '1';

/** Returns how often a property is tried: a quarter in the quick test. */
export const runs = (count: number): number => (QUICK ? Math.ceil(count / 4) : count);
