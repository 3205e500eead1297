/** Home: the own profile, live sessions and sign-in history. Three panels where there is room, else one at a time. */
import { useEffect, useState } from 'react';
import { DEPTH, useApp, useLayer, useServices, useWords, type Handlers } from '../services/index.js';
import {
  beside,
  inner,
  labelledRows,
  listKeys,
  listPanel,
  panel,
  panelRoom,
  Rows,
  scrollTop,
  useCopy,
  useScroll,
  useRowsShown,
  type Column,
} from '../components/index.js';
import { ago, dateOnly, type Words } from '../i18n/index.js';
import type { Session } from '../../protocol/index.js';
import {
  LISTS,
  loadedRows,
  openOverlay,
  pushScreen,
  SCREENS,
  selectedRow,
  selectRow,
  type ListName,
  type SignInEntry,
} from '../state/index.js';
import { accountCopies, accountLines, deviceText, historyReason, whenText } from './account_words.js';
import type { BodySize } from './body_size.js';

const PANES = ['profile', 'sessions', 'history'] as const;
const PROFILE_CELLS = 38;
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
  const profileRoom = topRows - 2;
  const scroll = useScroll(profileRows.length, profileRoom);
  const moving: Handlers =
    list === null
      ? scroll.handlers
      : listKeys(lists[list].row_count, lists[list].selected, page, select(list));

  const endSession = (): void => {
    const target = selectedRow(sessions);
    if (target === undefined) return;
    const label = deviceText(words, target);
    const act = {
      kind: 'revoke_session',
      session_id: target.session_id,
      label,
      current: target.current,
    } as const;
    store.setState(openOverlay({ name: 'confirm', act }));
  };
  const refresh = (): void => effects.loadScreen({ name: 'home' });
  const endOthers = (): void => {
    // As far as is known here; the list may be old.
    refresh();
    if (loadedRows(sessions).some((row) => !row.current))
      store.setState(openOverlay({ name: 'confirm', act: { kind: 'end_others' } }));
    else effects.toast('info', { key: 'no_other_sessions' });
  };

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
            { label: 'copy_address', text: selectedRow(sessions)?.address ?? null },
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
    const { top } = scroll;
    const total = profileRows.length;
    const shownRows = t('rows_shown', { from: top + 1, to: Math.min(total, top + profileRoom), total });
    const more = total > profileRoom ? [shownRows] : [];
    return panel(
      {
        theme,
        width: left,
        title: t('profile_title'),
        corner: [...more, ...(corner === '' ? [] : [corner])].join(' · '),
        active: active === 'profile',
      },
      profileRows.slice(top),
      topRows,
    );
  };
  const look = { theme, words, corner };
  const sessionPanel = (width: number): string[] =>
    listPanel({
      ...look,
      list: sessions,
      spec: LISTS.sessions,
      columns: sessionColumns(words),
      foot: inner(width) - 2 < SPAN_CELLS_MIN ? sessionSpan(words, selectedRow(sessions)) : '',
      // None is a number, and while they are read nobody knows it.
      title: t('sessions_title', { count: sessions.shown_key === '' ? '…' : sessions.row_count }),
      active: active === 'sessions',
      width,
      height: heights.sessions,
    });
  const historyPanel = (): string[] =>
    listPanel({
      ...look,
      list: history,
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

/** From here on sessions have columns for when they began and end; in less room a row says it of the selected one. */
const SPAN_CELLS_MIN = 62;

const sessionSpan = ({ t, language }: Words, session: Session | undefined): string =>
  session === undefined
    ? ''
    : t('session_span', {
        from: dateOnly(language, session.created_at),
        to: dateOnly(language, session.expires_at),
      });

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
      cell: (row) => (row.current ? t('now') : ago(t, language, row.last_active_at, now)),
    },
    { title: t('col_address'), cells_min: 10, grow: 1, cell: (row) => row.address },
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
      cell: (row) =>
        row.success
          ? { role: 'ok', text: `✓ ${t('result_ok')}` }
          : { role: 'error', text: `✗ ${t('result_refused')}` },
    },
    { title: t('col_reason'), cells_min: 15, grow: 1, cell: (row) => historyReason(words, row) },
    { title: t('col_address'), cells_min: 12, grow: 1, cell: (row) => row.address },
    { title: t('col_device'), cells_min: 12, grow: 2, cell: (row) => deviceText(words, row) },
  ];
};
