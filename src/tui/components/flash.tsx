/** The row above the hints: the connection's banner while there is none, else the newest toast. Wraps where it must. */
import { useApp, useClock, useServices, useWords } from '../services/index.js';
import { faultSentence, problemText } from '../i18n/index.js';
import { clean, fit, wrap } from '../text/index.js';
import type { Paint } from '../theme/index.js';
import { saidWords } from './problem_words.js';

/** From here on a row is kept for what is told, so that nothing moves when it is. */
const KEPT_ROWS_MIN = 20;
const BAR_ROWS = 2;

/** Rows above the hints that are there even when nothing is told. */
export const flashRowsKept = (rows: number): number => (rows >= KEPT_ROWS_MIN ? 1 : 0);

/** Rows of a screen's body while nothing is told, or no more than a row of it. */
export const usualBodyRows = (rows: number): number => rows - BAR_ROWS - flashRowsKept(rows);

/** On a small screen a sentence takes more rows, and has up to half of them. */
const rowsMax = (rows: number): number => Math.max(3, Math.floor(rows / 2));

const TOAST_SIGNS = { ok: '✓', info: '·', error: '✗' } as const;

/** Returns the rows of the flash area; none where there is nothing to say. */
export function useFlash(cols: number, rows: number): readonly string[] {
  const { theme, accessible } = useServices();
  const { t, language } = useWords();
  const connection = useApp((state) => state.connection);
  const toast = useApp((state) => state.toasts.at(-1));
  // Read aloud, each second would be a line.
  const counting = toast?.counts === true && !accessible;
  const now = useClock(1000, connection.name === 'retrying' || counting);
  const lines = (role: Paint, text: string): string[] =>
    wrap(text, cols - 2)
      .slice(0, rowsMax(rows))
      .map((line) => theme.paint(role, ` ${fit(line, cols - 2)} `));

  if (connection.name === 'retrying' || connection.name === 'closed') {
    const code =
      connection.code === 'refused' && connection.error_code !== null
        ? connection.error_code
        : connection.code;
    const [sentence, hint] = problemText(language, code);
    if (connection.name === 'closed') {
      const { fault } = connection;
      return lines(
        'banner',
        fault === undefined ? t('banner_closed', { sentence, hint }) : clean(faultSentence(language, fault)),
      );
    }
    const count = Math.ceil((connection.retry_at - now) / 1000);
    const what =
      count > 0 ? t('banner_retrying', { sentence, count }) : t('banner_retrying_now', { sentence });
    const all = [...lines('banner', what), ...lines('dim', hint)];
    if (all.length <= rowsMax(rows)) return all;
    // What it is and what helps goes before how long it takes.
    return [...lines('banner', sentence), ...lines('dim', hint)].slice(0, rowsMax(rows));
  }
  if (toast === undefined) return [];
  const role = toast.kind === 'error' ? 'error' : toast.kind === 'ok' ? 'ok' : 'plain';
  const left_s = Math.max(1, Math.ceil(((toast.expires_at ?? now) - now) / 1000));
  const said =
    toast.counts === true && 'key' in toast.said
      ? t(toast.said.key, { ...toast.said.params, count: left_s })
      : saidWords(t, language, toast.said);
  return lines(role, `${TOAST_SIGNS[toast.kind]} ${said}`);
}
