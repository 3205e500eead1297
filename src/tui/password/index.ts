/**
 * How hard a password is to guess, for the person who is typing it. What the server's own rule refuses is weak here too,
 * as far as this side knows the names; beyond that it is an estimate, and the server alone decides. The library behind it
 * is large, so it is loaded when the first new password is typed, and until then nothing is said.
 */
import type { ZxcvbnFactory } from '@zxcvbn-ts/core';
import { LIMITS, passwordFault, type PasswordFault } from '../../protocol/index.js';

/** What makes a password weak, where one thing does. */
export type Weakness = 'common' | 'run' | 'repeated' | 'name' | 'date';
/** `level`: 0 and 1 are weak, 2 is fair, 3 is good. */
export type PasswordEstimate = { readonly level: 0 | 1 | 2 | 3; readonly reason: Weakness | null };

/** The estimate takes longer the longer the text; beyond this nobody guesses it anyway. */
const LENGTH_MAX = 100;
/** The library's five grades, from "in every list of passwords" to "ten thousand years". */
const LEVELS = [0, 0, 1, 2, 3] as const;

const WEAKNESSES: Readonly<Record<string, Weakness>> = {
  dictionary: 'common',
  spatial: 'run',
  sequence: 'run',
  repeat: 'repeated',
  date: 'date',
};

/** The rule's own words, where they say something else than that there is not yet enough of it. */
const FAULTS: Readonly<Record<PasswordFault, Weakness | null>> = {
  too_short: null,
  too_long: null,
  character: null,
  former: null,
  names: 'name',
  repeated: 'repeated',
  common: 'common',
  date: 'date',
  run: 'run',
};

let library: ZxcvbnFactory | null = null;
/** The library's list holds the server's. */
let common: ReadonlySet<string> = new Set();
let loading: Promise<void> | null = null;

/** Loads the library once. Without it there is no estimate and nothing else is missing. */
export function loadPasswordEstimates(): Promise<void> {
  loading ??= Promise.all([import('@zxcvbn-ts/core'), import('@zxcvbn-ts/language-common')]).then(
    ([core, { dictionary, adjacencyGraphs }]) => {
      library = new core.ZxcvbnFactory({ dictionary: { ...dictionary }, graphs: adjacencyGraphs });
      common = new Set(dictionary['passwords-common']);
    },
  );
  return loading;
}

/**
 * Returns how good `text` is for someone with these names, on a server that asks for so many characters; null until the
 * library is there.
 */
export function estimatePassword(
  text: string,
  names: readonly string[],
  length_min: number = LIMITS.password_length_min,
): PasswordEstimate | null {
  if (library === null) {
    loadPasswordEstimates().catch(() => null);
    return null;
  }
  const known = names.filter((name) => name.length > 2);
  const { score, sequence } = library.check(text.slice(0, LENGTH_MAX), known);
  const level = LEVELS[score];
  if (level > 0) {
    const context = { words: names };
    const fault = passwordFault(text, { length_min, context, isCommon: (one) => common.has(one) });
    return fault === null ? { level, reason: null } : { level: 0, reason: FAULTS[fault] };
  }
  // The piece that covers most of the text is the reason, if the whole is weak.
  const [main] = [...sequence].sort((one, other) => other.token.length - one.token.length);
  if (main === undefined) return { level, reason: null };
  const isName = 'dictionaryName' in main && main.dictionaryName === 'userInputs';
  return { level, reason: isName ? 'name' : (WEAKNESSES[main.pattern] ?? null) };
}
