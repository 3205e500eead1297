/** Which known word a mistyped one was meant to be. Pure. */

/** Returns the word that `typed` was most likely meant to be; null when none is near. Whether letters are small says nothing. */
export function nearest(typed: string, words: readonly string[]): string | null {
  let best: string | null = null;
  // A third of it may be wrong, or one letter of two: more is another word.
  let least = typed.length < 2 ? 1 : Math.max(2, Math.floor(typed.length / 3) + 1);
  for (const word of words) {
    const distance = distanceOf(typed.toLowerCase(), word.toLowerCase());
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

/** How many letters have to be put in, left out, exchanged or swapped with their neighbour. */
function distanceOf(a: string, b: string): number {
  let before: number[] = [];
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = (row[j - 1] ?? 0) + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = Math.min((row[j] ?? 0) + 1, (next[j - 1] ?? 0) + 1, exchanged);
      next.push(swapped ? Math.min(changed, (before[j - 2] ?? 0) + 1) : changed);
    }
    [before, row] = [row, next];
  }
  return row[b.length] ?? 0;
}
