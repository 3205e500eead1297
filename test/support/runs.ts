import { LONG } from './drill.js';

/** Whether this is the quick test, which is for the middle of a day's work. */
export const QUICK = process.env['PORTCULLIS_QUICK'] === '1';

/** What a test is told that starts another engine there all the same. */
export const NOT_IN_QUICK =
  'the quick test leaves other engines out: ask postgresAvailable(), or name the file in POSTGRES_ALONE of vitest.config.ts';

/** Returns how often a property is tried: half as often as in its long form, a quarter in the quick test. */
export const runs = (count: number): number => (LONG ? count : Math.ceil(count / (QUICK ? 4 : 2)));

/** Returns what is tried of a list that the full test goes through as a whole: every fourth in the quick test. */
export const tried = <T>(all: readonly T[]): readonly T[] =>
  QUICK ? all.filter((_, index) => index % 4 === 0) : all;

const DAY_MS = 86_400_000;

/** Returns a third of a list, another one each day, so that all have had their turn in three; in the long form all of it. */
export const ofToday = <T>(all: readonly T[], today = Date.now()): readonly T[] =>
  LONG ? all : all.filter((_, index) => (index + Math.floor(today / DAY_MS)) % 3 === 0);

/** The step of a walk over every code point; no divisor of a block's length, so that no column of a table is left out. */
export const CODE_POINT_STEP = LONG ? 1 : QUICK ? 5 : 3;
