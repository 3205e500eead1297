/** Returns how often a property is tried: a quarter in the quick test, which is for the middle of a day's work. */
export const runs = (count: number): number =>
  process.env['PORTCULLIS_QUICK'] === '1' ? Math.ceil(count / 4) : count;
