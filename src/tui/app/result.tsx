/** What came of an act on many accounts: how many were done, and of each other one the reason; of the chosen one in full. */
import { useState } from 'react';
import {
  Dialog,
  dialogCells,
  dialogRows,
  keyRows,
  listKeys,
  problemWords,
  saidWords,
  scrollTop,
} from '../components/index.js';
import { closeOverlay, type Overlay } from '../state/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';

type ResultOverlay = Extract<Overlay, { readonly name: 'result' }>;
type ResultProps = Omit<ResultOverlay, 'name'> & { readonly cols: number; readonly rows: number };

/** Cells of the upper edge beside its title. */
const TITLE_MARGIN = 3;
const SMALL_ROWS = 9;
/** Before what is said about it, below its name. */
const SIGN_CELLS = 2;

export function Result({ cols, rows, title, failed }: ResultProps): React.JSX.Element {
  const { theme, store } = useServices();
  const { t, language } = useWords();
  const [at, setAt] = useState(0);
  const close = (): void => store.setState(closeOverlay);
  const cells = dialogCells(cols);
  // Each with its whole reason: in the line of its name where there is room, else below it.
  const blocks = failed.map(({ name, problem }) => {
    const { sentence } = problemWords(t, language, problem);
    const together = `${name}: ${sentence}`;
    return cellsOf(together) <= cells - SIGN_CELLS
      ? [together]
      : [name, ...wrap(sentence, cells - SIGN_CELLS)].flatMap((text) => wrap(text, cells - SIGN_CELLS));
  });
  const chosen = failed[at] === undefined ? null : problemWords(t, language, failed[at].problem);
  const hints = failed.map(({ problem }) => wrap(problemWords(t, language, problem).hint, cells).length);
  const said = saidWords(t, language, title);
  const head = cellsOf(said) > cells - TITLE_MARGIN ? wrap(said, cells).map((line) => fit(line, cells)) : [];
  const keys = keyRows(t('result_keys'), cells);
  // What could be tried with the chosen one has its rows, whichever that is.
  const hint_rows = Math.max(0, ...hints);
  const hint = chosen === null || chosen.hint === '' ? [] : wrap(chosen.hint, cells);
  const roomy = dialogRows(rows) > SMALL_ROWS;
  const beside = head.length + hint_rows + keys.length + (roomy ? 2 : 0);
  const room = Math.max(1, dialogRows(rows) - beside);
  useLayer({
    depth: DEPTH.screen,
    places: ['notice', 'list', 'global'],
    modal: true,
    handlers: { ...listKeys(failed.length, at, room, setAt), close, back: close, quit: close },
  });
  const lines = blocks.flatMap((block, place) =>
    block.map((text, line) => {
      const row = fit(`${line === 0 ? '✗' : ' '} ${text}`, cells);
      return place === at ? theme.paint('selected', row) : row;
    }),
  );
  const end = blocks.slice(0, at + 1).reduce((sum, { length }) => sum + length, 0);
  const begin = end - (blocks[at]?.length ?? 0);
  const top = Math.min(begin, scrollTop(0, end - 1, room, lines.length));
  const blank = ' '.repeat(cells);
  const shown = lines.slice(top, top + room);
  const content = [
    ...head,
    ...shown,
    ...(roomy ? [blank] : []),
    ...Array.from({ length: hint_rows }, (_, line) => theme.paint('dim', fit(hint[line] ?? '', cells))),
    ...(roomy ? [blank] : []),
    ...keys.map((row) => theme.paint('strong', row)),
  ];
  const corner = roomy && failed.length > 1 ? t('users_position', { at: at + 1, total: failed.length }) : '';
  const name = fit(said, cells - 4).trimEnd();
  return <Dialog cols={cols} rows={rows} title={name} corner={corner} content={content} />;
}
