/** One account in full, with the number of its live sessions, and what may be done with it. */
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
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
import { SCREENS } from '../state/index.js';
import { fit, wrap } from '../text/index.js';
import { accountCopies } from './account_words.js';
import type { BodySize } from './body_size.js';
import { knownUser, userKeys } from './user_keys.js';
import { userLines } from './user_panel.js';

const TITLE_ROWS = 1;
const EDGES = 2;

export function User({
  cols,
  height,
  account_id,
}: BodySize & { readonly account_id: string }): React.JSX.Element {
  const { theme, effects, store, now } = useServices();
  const { t, language } = useWords();
  const detail = useApp((state) => state.person.user_detail);
  const roles = useApp((state) => state.person.roles);
  // After the lock they are read again.
  useRowsShown('roles', 0, 1);
  const mine = detail?.account_id === account_id ? detail : null;
  // Until the answer comes, what the list knew.
  const account = mine?.account ?? knownUser(store, account_id);

  const copying = useCopy(account === null ? [] : accountCopies(account));
  const words = { t, language, now: now() };
  const lines =
    account === null
      ? []
      : labelledRows(theme, userLines(words, account, mine?.live_sessions ?? null, roles), inner(cols));
  const scroll = useScroll(lines.length, height - TITLE_ROWS - EDGES);
  useLayer({
    depth: DEPTH.screen,
    places: SCREENS.user.keys,
    handlers: {
      ...scroll.handlers,
      ...userKeys(store, account),
      ...copying,
      user_refresh: () => effects.loadScreen({ name: 'user', account_id }),
    },
  });

  if (account === null) {
    const problem = mine?.problem ?? null;
    const text = problem === null ? t('loading') : problemWords(t, language, problem).sentence;
    return <Rows rows={['', ...wrap(text, cols - 4).map((line) => fit(`  ${line}`, cols))]} />;
  }
  const title = ` ${t('tab_admin')} › ${t(SCREENS.user.title)} › ${account.account_name}`;
  const options = { theme, width: cols, title: account.account_name, corner: scroll.sign, active: true };
  const rows = panel(options, lines.slice(scroll.top), height - TITLE_ROWS);
  return <Rows rows={[theme.paint('title', fit(title, cols)), ...rows]} />;
}
