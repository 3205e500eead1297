/** What is typed into a field for a whole number. Pure. */

/** Returns the number, or null when it is none or outside of the bounds. */
export function wholeNumber(text: string, min: number, max: number): number | null {
  const typed = text.trim();
  const value = /^\d{1,9}$/.test(typed) ? Number(typed) : Number.NaN;
  return value >= min && value <= max ? value : null;
}
