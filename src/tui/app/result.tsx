/** What came of an act on many accounts: how many were done, and of each other one the reason; of the chosen one in full. */
import { useState } from 'react';
import {
  Dialog,
  dialogCells,
  dialogRows,
  listKeys,
  problemWords,
  saidWords,
  scrollTop,
} from '../components/index.js';
import { closeOverlay, type Overlay } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import { DEPTH, useLayer, useServices, useWords } from '../services/index.js';

type ResultOverlay = Extract<Overlay, { readonly name: 'result' }>;
type ResultProps = Omit<ResultOverlay, 'name'> & { readonly cols: number; readonly rows: number };

const NAME_CELLS_MAX = 20;

export function Result({ cols, rows, title, failed }: ResultProps): React.JSX.Element {
  const { theme, store } = useServices();
  const { t, language } = useWords();
  const [at, setAt] = useState(0);
  const close = (): void => store.setState(closeOverlay);
  const cells = dialogCells(cols);
  const chosen = failed[at] === undefined ? null : problemWords(t, language, failed[at].problem);
  const reason = chosen === null ? [] : wrap(`${chosen.sentence} ${chosen.hint}`.trim(), cells);
  const room = Math.max(1, dialogRows(rows) - 3 - reason.length);
  useLayer({
    depth: DEPTH.screen,
    places: ['notice', 'list', 'global'],
    modal: true,
    handlers: { ...listKeys(failed.length, at, room, setAt), close, back: close, quit: close },
  });
  const names = Math.min(NAME_CELLS_MAX, Math.floor(cells / 2));
  const top = scrollTop(0, at, room, failed.length);
  const content = [
    ...failed.slice(top, top + room).map(({ name, problem }, place) => {
      const { sentence } = problemWords(t, language, problem);
      const row = `✗ ${fit(name, names)} ${fit(sentence, cells - names - 3)}`;
      return top + place === at ? theme.paint('selected', row) : row;
    }),
    ' '.repeat(cells),
    ...reason.map((line) => theme.paint('dim', fit(line, cells))),
    ' '.repeat(cells),
    theme.paint('strong', fit(t('result_keys'), cells)),
  ];
  return (
    <Dialog
      cols={cols}
      rows={rows}
      title={fit(saidWords(t, language, title), cells - 4).trimEnd()}
      content={content}
    />
  );
}
