/** One client key in full, also both keys of a rotation, and what may be done with it. */
import {
  inner,
  labelledRows,
  panel,
  problemWords,
  Rows,
  useCopy,
  useRowsShown,
  useScroll,
} from '../components/index.js';
import { problem } from '../i18n/index.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import { LISTS, SCREENS } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { clientKeyKeys, knownClientKey } from './client_key_acts.js';
import { keyCopies } from './client_key_words.js';
import { clientKeyLines } from './client_key_panel.js';

const TITLE_ROWS = 1;
const EDGES = 2;

export function ClientKey({
  cols,
  height,
  key_id,
}: BodySize & { readonly key_id: string }): React.JSX.Element {
  const { theme, effects, store, now } = useServices();
  const { t, language } = useWords();
  const list = useApp((state) => state.person.lists.client_keys);
  // After the lock its rows are read again.
  useRowsShown('client_keys', 0, 1);
  const key = knownClientKey(store, key_id);

  const words = { t, language, now: now() };
  const lines =
    key === null ? [] : labelledRows(theme, clientKeyLines(words, key, effects.keyInUse()), inner(cols));
  const scroll = useScroll(lines.length, height - TITLE_ROWS - EDGES);
  const copying = useCopy(key === null ? [] : keyCopies(key));
  useLayer({
    depth: DEPTH.screen,
    places: SCREENS.client_key.keys,
    handlers: { ...scroll.handlers, ...clientKeyKeys(store, effects, key, now()), ...copying },
  });

  if (key === null) {
    const gone = list.problem ?? (list.complete ? problem('not_found') : null);
    const text = gone === null ? t('loading') : problemWords(t, language, gone).sentence;
    return <Rows rows={['', ...wrap(text, cols - 4).map((line) => fit(`  ${line}`, cols))]} />;
  }
  const name = LISTS.client_keys.name(key);
  const title = ` ${t('tab_admin')} › ${t(SCREENS.client_key.title)} › ${name}`;
  const options = { theme, width: cols, title: name, corner: scroll.sign };
  const rows = panel(options, lines.slice(scroll.top), height - TITLE_ROWS);
  return <Rows rows={[theme.paint('title', fit(title, cols)), ...rows]} />;
}
