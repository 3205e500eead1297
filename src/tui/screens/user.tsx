/** One account in full, with the number of its live sessions, and what may be done with it. */
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import { inner, labelledRows, problemWords, Rows, useCopy, useScroll } from '../components/index.js';
import { SCREENS } from '../state/index.js';
import { fit } from '../text/index.js';
import { accountCopies } from './account_words.js';
import type { BodySize } from './body_size.js';
import { knownUser, userKeys } from './user_keys.js';
import { userLines, userPanelRows } from './user_panel.js';

export function User({
  cols,
  height,
  account_id,
}: BodySize & { readonly account_id: string }): React.JSX.Element {
  const { theme, effects, store, now } = useServices();
  const { t, language } = useWords();
  const detail = useApp((state) => state.person.user_detail);
  const mine = detail?.account_id === account_id ? detail : null;
  // Until the answer comes, what the list knew.
  const account = mine?.account ?? knownUser(store, account_id);

  const copying = useCopy(account === null ? [] : accountCopies(account));
  const words = { t, language, now: now() };
  const rows =
    account === null
      ? []
      : labelledRows(theme, userLines(words, account, mine?.live_sessions ?? 0), inner(cols));
  const scroll = useScroll(rows.length, height - 3);
  useLayer({
    depth: DEPTH.screen,
    places: SCREENS.user.keys,
    handlers: {
      ...userKeys(store, account),
      ...copying,
      ...scroll.handlers,
      user_refresh: () => effects.loadScreen({ name: 'user', account_id }),
    },
  });

  if (account === null) {
    const problem = mine?.problem ?? null;
    const text = problem === null ? t('loading') : problemWords(t, language, problem).sentence;
    return <Rows rows={['', fit(`  ${text}`, cols)]} />;
  }
  const title = ` ${t('tab_admin')} › ${t(SCREENS.user.title)} › ${account.account_name}`;
  const panelRows = userPanelRows(
    theme,
    words,
    account,
    mine?.live_sessions ?? 0,
    cols,
    height - 1,
    scroll.top,
  );
  return <Rows rows={[theme.paint('title', fit(title, cols)), ...panelRows]} />;
}
