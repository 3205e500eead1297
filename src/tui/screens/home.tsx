/** Home: the own profile, live sessions and sign-in history. Three panels where there is room, else one at a time. */
import { useCallback, useEffect, useState } from 'react';
import { DEPTH, useApp, useLayer, useServices, useWords, type Handlers } from '../services/index.js';
import {
  beside,
  inner,
  isAnswered,
  labelledRows,
  listKeys,
  listPanel,
  panel,
  panelRoom,
  Rows,
  scrollTop,
  TableLayout,
  useCopy,
  useRowsShown,
  useScroll,
  type Column,
} from '../components/index.js';
import { ago, agoWords, dateOnly, type Words } from '../i18n/index.js';
import type { Session } from '../../protocol/index.js';
import {
  LISTS,
  loadedRows,
  openOverlay,
  pushScreen,
  SCREENS,
  selectedRow,
  selectRow,
  unasked,
  type ListName,
  type SignInEntry,
} from '../state/index.js';
import {
  accountCopies,
  accountLines,
  addressCell,
  addressText,
  deviceText,
  historyReason,
  historyResult,
  whenText,
} from './account_words.js';
import type { BodySize } from './body_size.js';

const PANES = ['profile', 'sessions', 'history'] as const;
const PROFILE_CELLS = 38;
const EDGES = 2;
/** Below this one panel is shown at a time. */
const GRID_COLS_MIN = 80;
const GRID_ROWS_MIN = 17;
/** Profile and sessions; the history has the rest. */
const TOP_ROWS_MAX = 17;

/** The list of a pane; the profile is none. */
const LIST_OF = { profile: null, sessions: 'sessions', history: 'history' } as const satisfies Record<
  (typeof PANES)[number],
  ListName | null
>;

export function Home({ cols, height }: BodySize): React.JSX.Element {
  const { theme, effects, store, now, accessible } = useServices();
  const { t, language } = useWords();
  const { session, lists } = useApp((state) => state.person);
  const { sessions, history } = lists;
  const [pane, setPane] = useState(0);
  const [ending, setEnding] = useState(false);
  const answered = isAnswered(sessions);
  const [layouts] = useState(() => ({
    sessions: new TableLayout<Session>(),
    history: new TableLayout<SignInEntry>(),
  }));
  const words: Words = { t, language, now: now() };
  const active = PANES[pane] ?? 'profile';

  const grid = !accessible && cols >= GRID_COLS_MIN && height >= GRID_ROWS_MIN;
  const topRows = grid ? Math.min(TOP_ROWS_MAX, Math.floor(height / 2) + 1) : height;
  const heights = { sessions: topRows, history: grid ? height - topRows : height };
  const shown = (name: 'sessions' | 'history'): readonly [top: number, room: number] => {
    const room = panelRoom(heights[name]);
    return [scrollTop(0, lists[name].selected, room, lists[name].row_count), room];
  };
  useRowsShown('sessions', ...shown('sessions'));
  useRowsShown('history', ...shown('history'));
  // Each time one begins at the top again.
  useEffect(() => {
    store.setState(selectRow('sessions', 0));
    store.setState(selectRow('history', 0));
  }, [store]);

  const list = LIST_OF[active];
  const select = (name: ListName) => (index: number) => store.setState(selectRow(name, index));
  const page = Math.max(1, Math.floor(height / 2));
  const left = grid ? Math.max(PROFILE_CELLS, Math.floor(cols * 0.4)) : cols;
  const profileRows =
    session === null ? [] : labelledRows(theme, accountLines(words, session.account), inner(left));
  // It can be longer than its panel.
  const scroll = useScroll(profileRows.length, topRows - EDGES);
  const moving: Handlers =
    list === null
      ? scroll.handlers
      : listKeys(lists[list].row_count, lists[list].selected, page, select(list));

  const endSession = (): void => {
    const target = selectedRow(sessions);
    if (target === undefined) return;
    // In full here: the list cuts addresses where there is little room.
    const label = `${deviceText(words, target)} · ${addressText(words, target)}`;
    const act = {
      kind: 'revoke_session',
      session_id: target.session_id,
      label,
      current: target.current,
    } as const;
    store.setState(openOverlay({ name: 'confirm', act }));
  };
  const askToEndOthers = useCallback(
    (waited: boolean): void => {
      const ask = openOverlay({ name: 'confirm', act: { kind: 'end_others' } });
      const { lists: now_known } = store.getState().person;
      if (loadedRows(now_known.sessions).some((row) => !row.current))
        store.setState(waited ? unasked(ask) : ask);
      else effects.toast('info', { key: 'no_other_sessions' });
    },
    [store, effects],
  );
  const refresh = (): void => effects.loadScreen({ name: 'home' });
  const endOthers = (): void => {
    // As far as is known here; the list may be old.
    refresh();
    if (!answered) setEnding(true);
    else askToEndOthers(false);
  };

  // Before the sessions are read nobody knows whether there are others: it is asked when they are.
  useEffect(() => {
    if (!ending || !answered) return;
    setEnding(false);
    askToEndOthers(true);
  }, [ending, answered, askToEndOthers]);

  const server = useApp((state) => state.server_label);
  const copying = useCopy(
    active === 'profile'
      ? [
          ...(session === null ? [] : accountCopies(session.account)),
          { label: 'copy_server', text: server },
          { label: 'copy_pin', text: effects.serverPin() },
        ]
      : active === 'sessions'
        ? [
            { label: 'copy_address', text: addressNow(selectedRow(sessions)) },
            { label: 'copy_session_id', text: selectedRow(sessions)?.session_id ?? null },
          ]
        : [{ label: 'copy_address', text: selectedRow(history)?.address ?? null }],
  );
  useLayer({
    depth: DEPTH.screen,
    places: SCREENS.home.keys,
    onDigit: accessible && list !== null ? (digit) => select(list)(digit - 1) : undefined,
    handlers: {
      ...moving,
      ...copying,
      next_pane: () => setPane((pane + 1) % PANES.length),
      previous_pane: () => setPane((pane + PANES.length - 1) % PANES.length),
      edit_profile: () => store.setState(pushScreen({ name: 'edit_profile' })),
      change_password: () => store.setState(pushScreen({ name: 'change_password' })),
      ...(active === 'sessions' && sessions.row_count > 0 ? { end_session: endSession } : {}),
      end_other_sessions: endOthers,
      sign_out: () => store.setState(openOverlay({ name: 'confirm', act: { kind: 'sign_out' } })),
      home_refresh: refresh,
    },
  });

  if (session === null) return <Rows rows={[]} />;
  // One panel at a time: which of them this is.
  const corner = grid ? '' : t('users_position', { at: pane + 1, total: PANES.length });
  const profile = (): string[] => {
    const look_profile = {
      theme,
      width: left,
      title: t('profile_title'),
      corner: `${scroll.sign} ${corner}`.trim(),
      active: active === 'profile',
    };
    return panel(look_profile, profileRows.slice(scroll.top), topRows);
  };
  const look = { theme, words, corner };
  const sessionPanel = (width: number): string[] => {
    const columns = sessionColumns(words);
    return listPanel({
      ...look,
      list: sessions,
      layout: layouts.sessions,
      spec: LISTS.sessions,
      columns,
      foot: (count) => (count < columns.length ? sessionSpan(words, selectedRow(sessions)) : ''),
      // None is a number, and while they are read nobody knows it.
      title: t('sessions_title', { count: answered ? sessions.row_count : '…' }),
      active: active === 'sessions',
      width,
      height: heights.sessions,
    });
  };
  const historyPanel = (): string[] =>
    listPanel({
      ...look,
      list: history,
      layout: layouts.history,
      spec: LISTS.history,
      columns: historyColumns(words),
      title: t('history_title'),
      active: active === 'history',
      width: cols,
      height: heights.history,
    });

  if (grid) {
    return <Rows rows={[...beside(profile(), sessionPanel(cols - left)), ...historyPanel()]} />;
  }
  if (active === 'sessions') return <Rows rows={sessionPanel(cols)} />;
  if (active === 'history') return <Rows rows={historyPanel()} />;
  return <Rows rows={profile()} />;
}

/** Where there is no room for columns of when sessions began and end, a row says it of the selected one. */
const sessionSpan = ({ t, language }: Words, session: Session | undefined): string =>
  session === undefined
    ? ''
    : t('session_span', {
        from: dateOnly(language, session.created_at),
        to: dateOnly(language, session.expires_at),
      });

/** Where it is used, which is what the list shows first. */
const addressNow = (session: Session | undefined): string | null =>
  session?.last_address ?? session?.address ?? null;

const sessionColumns = (words: Words): Column<Session>[] => {
  const { t, language, now } = words;
  return [
    {
      title: t('col_where'),
      cells_min: 14,
      grow: 3,
      cell: (row) =>
        row.current ? { role: 'ok', text: `● ${t('this_session')}` } : `○ ${deviceText(words, row)}`,
    },
    {
      title: t('col_seen'),
      cells_min: 8,
      grow: 0,
      all: [t('now'), ...agoWords(t)],
      cell: (row) => (row.current ? t('now') : ago(t, language, row.last_active_at, now)),
    },
    { title: t('col_address'), cells_min: 10, grow: 2, cell: (row) => addressCell(words, row) },
    {
      title: t('col_signed_in'),
      cells_min: 10,
      grow: 0,
      cell: (row) => dateOnly(language, row.created_at),
    },
    { title: t('col_ends'), cells_min: 10, grow: 0, cell: (row) => dateOnly(language, row.expires_at) },
  ];
};

const historyColumns = (words: Words): Column<SignInEntry>[] => {
  const { t } = words;
  return [
    { title: t('col_when'), cells_min: 16, grow: 0, cell: (row) => whenText(words, row.at) },
    {
      title: t('col_result'),
      cells_min: 11,
      grow: 0,
      cell: (row) => historyResult(words, row),
    },
    { title: t('col_reason'), cells_min: 15, grow: 1, cell: (row) => historyReason(words, row) },
    { title: t('col_address'), cells_min: 12, grow: 1, cell: (row) => row.address },
    { title: t('col_device'), cells_min: 12, grow: 2, cell: (row) => deviceText(words, row) },
  ];
};
