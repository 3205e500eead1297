/** Home: the own profile, live sessions and sign-in history. Three panels where there is room, else one at a time. */
import { useEffect, useState } from 'react';
import { DEPTH, useApp, useLayer, useServices, useWords } from '../services/index.js';
import {
  beside,
  type Column,
  headerRow,
  inner,
  labelled,
  layColumns,
  listKeys,
  panel,
  Rows,
  scrollTop,
  tableRow,
} from '../components/index.js';
import { ago } from '../i18n/index.js';
import type { Session } from '../../protocol/index.js';
import { type Loaded, openOverlay, pushScreen, type SignInEntry } from '../state/index.js';
import { fit, width as cellsOf, wrap } from '../text/index.js';
import type { Theme } from '../theme/index.js';
import { accountLines, deviceText, historyReason, whenText, type Words } from './account_words.js';
import type { BodySize } from './body_size.js';

const PANES = ['profile', 'sessions', 'history'] as const;
const PROFILE_CELLS = 38;
/** Below this one panel is shown at a time. */
const GRID_COLS_MIN = 80;
const GRID_ROWS_MIN = 17;
/** Profile and sessions; the history has the rest. */
const TOP_ROWS_MAX = 15;

export function Home({ cols, height }: BodySize): React.JSX.Element {
  const { theme, effects, store, now, accessible } = useServices();
  const { t, language } = useWords();
  const session = useApp((state) => state.session);
  const sessions = useApp((state) => state.sessions);
  const history = useApp((state) => state.history);
  const [pane, setPane] = useState(0);
  const [chosen, setChosen] = useState({ sessions: 0, history: 0 });
  const words: Words = { t, language, now: now() };

  useEffect(() => effects.loadHome(), [effects]);

  const active = PANES[pane] ?? 'profile';
  const at = {
    sessions: Math.min(chosen.sessions, Math.max(0, sessions.rows.length - 1)),
    history: Math.min(chosen.history, Math.max(0, history.rows.length - 1)),
  };
  const others = sessions.rows.filter((row) => !row.current);
  const page = Math.max(1, Math.floor(height / 2));
  const moving =
    active === 'sessions'
      ? listKeys(sessions.rows.length, at.sessions, page, (to) => setChosen({ ...at, sessions: to }))
      : active === 'history'
        ? listKeys(history.rows.length, at.history, page, (to) => setChosen({ ...at, history: to }))
        : {};

  const endSession = (): void => {
    const target = sessions.rows[at.sessions];
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
  const endOthers = (): void => {
    if (others.length === 0) {
      effects.toast('info', { key: 'no_other_sessions' });
      // As far as is known here; the list may be old.
      effects.loadHome();
      return;
    }
    effects.loadHome();
    store.setState(openOverlay({ name: 'confirm', act: { kind: 'end_others' } }));
  };

  useLayer({
    depth: DEPTH.screen,
    places: ['pane', 'list', 'home'],
    onDigit:
      accessible && active !== 'profile' ? (digit) => setChosen({ ...at, [active]: digit - 1 }) : undefined,
    handlers: {
      ...moving,
      next_pane: () => setPane((pane + 1) % PANES.length),
      previous_pane: () => setPane((pane + PANES.length - 1) % PANES.length),
      edit_profile: () => store.setState(pushScreen({ name: 'edit_profile' })),
      change_password: () => store.setState(pushScreen({ name: 'change_password' })),
      ...(active === 'sessions' && sessions.rows.length > 0 ? { end_session: endSession } : {}),
      end_other_sessions: endOthers,
      sign_out: () => store.setState(openOverlay({ name: 'confirm', act: { kind: 'sign_out' } })),
      home_refresh: () => effects.loadHome(),
    },
  });

  if (session === null) return <Rows rows={[]} />;
  const grid = !accessible && cols >= GRID_COLS_MIN && height >= GRID_ROWS_MIN;
  // One panel at a time: which of them this is.
  const paneCorner = grid ? '' : t('users_position', { at: pane + 1, total: PANES.length });
  const view = { theme, words, active, paneCorner };
  const profile = (width: number, rows?: number): string[] => {
    const lines = accountLines(words, session.account);
    const labels = Math.min(
      Math.max(...lines.map(([label]) => cellsOf(label))) + 2,
      Math.floor(inner(width) / 2),
    );
    const cells = inner(width);
    // The last line is what people write about themselves: it has what is left of the panel.
    const content = lines.flatMap(([label, value], at) => {
      const room = at === lines.length - 1 && rows !== undefined ? Math.max(1, rows - 2 - at) : 1;
      const parts = room === 1 ? [value.replaceAll('\n', ' ')] : wrap(value, cells - labels);
      const shown = parts.length > room ? [...parts.slice(0, room - 1), `${parts[room - 1] ?? ''} …`] : parts;
      return shown.map((part, line) => labelled(theme, line === 0 ? label : '', part, labels, cells));
    });
    const title = t('profile_title');
    return panel({ theme, width, title, corner: paneCorner, active: active === 'profile' }, content, rows);
  };
  const sessionPanel = (width: number, rows: number): string[] =>
    sessionRows(view, sessions, at.sessions, width, rows);
  const historyPanel = (width: number, rows: number): string[] =>
    historyRows(view, history, at.history, width, rows);

  if (grid) {
    const left = Math.max(PROFILE_CELLS, Math.floor(cols * 0.4));
    const topRows = Math.min(TOP_ROWS_MAX, Math.floor(height / 2) + 1);
    return (
      <Rows
        rows={[
          ...beside(profile(left, topRows), sessionPanel(cols - left, topRows)),
          ...historyPanel(cols, height - topRows),
        ]}
      />
    );
  }
  if (active === 'sessions') return <Rows rows={sessionPanel(cols, height)} />;
  if (active === 'history') return <Rows rows={historyPanel(cols, height)} />;
  return <Rows rows={profile(cols, height)} />;
}

type View = {
  readonly theme: Theme;
  readonly words: Words;
  readonly active: (typeof PANES)[number];
  readonly paneCorner: string;
};

function sessionRows(
  view: View,
  sessions: Loaded<Session>,
  selected: number,
  width: number,
  height: number,
): string[] {
  const { theme, words, active } = view;
  const { t, language, now } = words;
  const columns: Column<Session>[] = [
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
  ];
  const title = t('sessions_title', { count: sessions.rows.length });
  return listPanel(view, {
    rows: sessions,
    columns,
    selected,
    title,
    width,
    height,
    active: active === 'sessions',
    theme,
  });
}

function historyRows(
  view: View,
  history: Loaded<SignInEntry>,
  selected: number,
  width: number,
  height: number,
): string[] {
  const { theme, words, active } = view;
  const { t } = words;
  const columns: Column<SignInEntry>[] = [
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
  const title = t('history_title');
  return listPanel(view, {
    rows: history,
    columns,
    selected,
    title,
    width,
    height,
    active: active === 'history',
    theme,
  });
}

type ListPanel<T> = {
  readonly rows: Loaded<T>;
  readonly columns: readonly Column<T>[];
  readonly selected: number;
  readonly title: string;
  readonly width: number;
  readonly height: number;
  readonly active: boolean;
  readonly theme: Theme;
};

function listPanel<T>({ words, paneCorner }: View, list: ListPanel<T>): string[] {
  const { theme, rows, selected, width, height, active } = list;
  const cells = inner(width) - 2;
  const columns = layColumns(list.columns, cells);
  const room = Math.max(1, height - 3);
  const top = scrollTop(0, selected, room, rows.rows.length);
  const content = [`  ${headerRow(theme, columns, cells)}`];
  for (const [at, row] of rows.rows.slice(top, top + room).entries()) {
    const chosen = active && top + at === selected;
    content.push(`${chosen ? '▸ ' : '  '}${tableRow(theme, columns, row, cells, chosen)}`);
  }
  if (rows.rows.length === 0) {
    content.push(
      theme.paint('dim', fit(`  ${words.t(rows.known ? 'history_empty' : 'loading')}`, inner(width))),
    );
  }
  const corner =
    rows.rows.length > room
      ? words.t('users_position', { at: selected + 1, total: rows.rows.length })
      : paneCorner;
  return panel({ theme, width, title: list.title, corner, active }, content, height);
}
