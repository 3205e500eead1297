/** One role with all that it permits, and what may be done with it. */
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
import { problem, roleWord } from '../i18n/index.js';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import { SCREENS } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import type { BodySize } from './body_size.js';
import { knownRole, roleKeys } from './role_acts.js';
import { roleLines } from './role_panel.js';
import { roleCopies } from './role_words.js';

const TITLE_ROWS = 1;
const EDGES = 2;

export function Role({ cols, height, role: name }: BodySize & { readonly role: string }): React.JSX.Element {
  const { theme, effects, store, now } = useServices();
  const { t, language } = useWords();
  const list = useApp((state) => state.person.lists.roles);
  const known = useApp((state) => state.person.roles);
  // After the lock they are read again.
  useRowsShown('roles', 0, 1);
  const role = knownRole(store, name);

  const words = { t, language, now: now() };
  const lines = role === null ? [] : labelledRows(theme, roleLines(words, role), inner(cols));
  const scroll = useScroll(lines.length, height - TITLE_ROWS - EDGES);
  const copying = useCopy(role === null ? [] : roleCopies(role));
  useLayer({
    depth: DEPTH.screen,
    places: SCREENS.role.keys,
    handlers: { ...scroll.handlers, ...roleKeys(store, effects, role), ...copying },
  });

  if (role === null) {
    const gone = list.problem ?? (known === null ? null : problem('not_found'));
    const text = gone === null ? t('loading') : problemWords(t, language, gone).sentence;
    return <Rows rows={['', ...wrap(text, cols - 4).map((line) => fit(`  ${line}`, cols))]} />;
  }
  const shown = roleWord(t, role.role);
  const title = ` ${t('tab_admin')} › ${t(SCREENS.role.title)} › ${shown}`;
  const options = { theme, width: cols, title: shown, corner: scroll.sign };
  const rows = panel(options, lines.slice(scroll.top), height - TITLE_ROWS);
  return <Rows rows={[theme.paint('title', fit(title, cols)), ...rows]} />;
}
