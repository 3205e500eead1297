// The words behind a script: what it doesn't know is refused before anything is done, with the word that was meant.
// Uses nothing but Node itself: on a fresh clone there is nothing else.

/** EX_USAGE */
const USAGE = 64;

/** Returns the word that `typed` was most likely meant to be, or null: src/protocol/nearest.ts for what runs without a build. */
export function nearest(typed, words) {
  let best = null;
  let least = typed.length < 2 ? 1 : Math.max(2, Math.floor(typed.length / 3) + 1);
  for (const word of words) {
    const distance = distanceOf(typed.toLowerCase(), word.toLowerCase());
    if (distance < least) [best, least] = [word, distance];
  }
  return best;
}

function distanceOf(a, b) {
  let before = [];
  let row = Array.from({ length: b.length + 1 }, (_, place) => place);
  for (let i = 1; i <= a.length; i += 1) {
    const next = [i];
    for (let j = 1; j <= b.length; j += 1) {
      const exchanged = row[j - 1] + (a[i - 1] === b[j - 1] ? 0 : 1);
      const swapped = i > 1 && j > 1 && a[i - 1] === b[j - 2] && a[i - 2] === b[j - 1];
      const changed = Math.min(row[j] + 1, next[j - 1] + 1, exchanged);
      next.push(swapped ? Math.min(changed, before[j - 2] + 1) : changed);
    }
    [before, row] = [row, next];
  }
  return row[b.length];
}

/**
 * Returns what was given, options with their dashes and words in one set. What is neither among `known` nor fits `takes` ends the
 * program with a sentence and 64; `--help` ends it with the usage.
 */
export function readArguments(argv, { usage, known, takes = /^(?!)/ }) {
  if (argv.includes('--help') || argv.includes('-h')) {
    console.log(usage);
    process.exit(0);
  }
  const strange = argv.find((word) => !known.includes(word) && !takes.test(word));
  if (strange === undefined) return new Set(argv);
  const bare = (word) => word.replace(/^-+/, '');
  const near = nearest(bare(strange), known.map(bare));
  const meant = near === null ? null : known.find((word) => bare(word) === near);
  // What others wrote is not let at the terminal as it is.
  const shown = JSON.stringify(strange).slice(1, -1);
  console.error(`There is no \`${shown}\` here.${meant === null ? '' : ` Did you mean ${meant}?`}\n${usage}`);
  process.exit(USAGE);
}
