/** The smallest screen on which everything can be done. Stands by itself: the program asks before React is loaded. */
export const SCREEN_MIN = { columns: 40, rows: 12 } as const;

export const fitsScreen = (columns: number, rows: number): boolean =>
  columns >= SCREEN_MIN.columns && rows >= SCREEN_MIN.rows;
