/** What a check of the doctor gives: one line, and what to do when there is something to do. Holds no secret. */
import { visible } from '../runtime/index.js';

export type Finding = {
  /** A stable word for programs. */
  readonly check: string;
  readonly level: 'ok' | 'warning' | 'failed';
  readonly says: string;
  readonly remedy: string | null;
};

/** Paths and messages of others on one line that can't draw on the terminal. */
const line = (text: string): string => visible(text, 1_000);

export const ok = (check: string, says: string): Finding => ({
  check,
  level: 'ok',
  says: line(says),
  remedy: null,
});

export const warning = (check: string, says: string, remedy: string): Finding => ({
  check,
  level: 'warning',
  says: line(says),
  remedy: line(remedy),
});

export const failed = (check: string, says: string, remedy: string): Finding => ({
  check,
  level: 'failed',
  says: line(says),
  remedy: line(remedy),
});
