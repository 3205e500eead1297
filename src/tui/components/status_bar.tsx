/** The first row: name, tabs, who is signed in, connection, language. Drops its left parts where there is no room. */
import { useApp, useServices, useWords } from '../services/index.js';
import { roleWord, type Translate } from '../i18n/index.js';
import { isBuiltInRole, shownRole } from '../../protocol/index.js';
import {
  screenEntry,
  screenOf,
  tabsOf,
  type ConnectionView,
  type ScreenName,
  type SessionView,
} from '../state/index.js';
import { shownKey, type Keymap } from '../input/index.js';
import { fit, width } from '../text/index.js';
import type { Paint } from '../theme/index.js';
import { Rows } from './rows.js';

type Piece = { readonly role: Paint; readonly text: string };

const cellsOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { text }) => sum + width(text), 0);

export function StatusBar({ cols }: { readonly cols: number }): React.JSX.Element {
  const { theme, router } = useServices();
  const { t, language } = useWords();
  const session = useApp((state) => state.person.session);
  const connection = useApp((state) => state.connection);
  const tls = useApp((state) => state.tls);
  const screen = useApp((state) => screenOf(state).name);

  const line = connectionPieces(t, connection, tls);
  const right: Piece[] = [...line, { role: 'dim', text: `  ${language.toUpperCase()} ` }];
  const who: Piece[] = session === null ? [] : whoPieces(t, session);
  const tabs: Piece[] = session === null ? [] : tabPieces(t, screen, session, router.keymap);
  const name: Piece[] = [{ role: 'strong', text: ` ${t('app_name')} ` }];

  let left = [...name, ...tabs];
  let end = [...who, ...right];
  const room = cols - latencyGrowth(t, connection);
  if (cellsOf(left) + cellsOf(end) > room) left = tabs.length > 0 ? tabs : name;
  if (cellsOf(left) + cellsOf(end) > room) end = right;
  if (cellsOf(left) + cellsOf(end) > room) end = line;
  end = cut(end, cols - cellsOf(left));
  const gap = Math.max(0, cols - cellsOf(left) - cellsOf(end));
  const paint = (pieces: readonly Piece[]): string =>
    pieces.map(({ role, text }) => theme.paint(role, text)).join('');
  return <Rows rows={[paint(left) + ' '.repeat(gap) + paint(end)]} />;
}

/** The most that a usual connection takes: room for it is kept, so that nothing beside it comes and goes with a digit. */
const LATENCY_MS_USUAL = 999;

/** Returns how many cells longer the words about the latency may get. */
function latencyGrowth(t: Translate, connection: ConnectionView): number {
  if (connection.name !== 'ready' || connection.latency_ms === null) return 0;
  const cells = (ms: number): number => width(t('conn_ready', { ms }));
  return Math.max(0, cells(LATENCY_MS_USUAL) - cells(connection.latency_ms));
}

/** Returns the pieces in at most `cells`; the last one that has room is cut. */
function cut(pieces: readonly Piece[], cells: number): Piece[] {
  let left = cells;
  return pieces.flatMap(({ role, text }) => {
    const room = Math.min(width(text), Math.max(0, left));
    left -= room;
    return room === 0 ? [] : [{ role, text: fit(text, room) }];
  });
}

function tabPieces(t: Translate, name: ScreenName, { permissions }: SessionView, keymap: Keymap): Piece[] {
  const tabs = tabsOf(permissions).map(({ tab }): Piece => {
    const label = `${shownKey(keymap.keysOf(`tab_${tab}`)[0] ?? '')} ${t(`tab_${tab}`)}`;
    return screenEntry(name).tab === tab
      ? { role: 'tab_active', text: `▐${label}▌` }
      : { role: 'plain', text: ` ${label} ` };
  });
  return [{ role: 'plain', text: ' ' }, ...tabs];
}

const NAME_CELLS_MAX = 20;
const shortened = (name: string): string => (width(name) > NAME_CELLS_MAX ? fit(name, NAME_CELLS_MAX) : name);

/** Returns name and role: the highest of the built-in ones stands beside the name, above what everyone holds any other. */
function whoPieces(t: Translate, { account }: SessionView): Piece[] {
  const highest = shownRole(account.roles);
  const own = account.roles.find((role) => !isBuiltInRole(role));
  const role = highest === 'user' && own !== undefined ? own : highest;
  const name = shortened(account.account_name);
  return [
    { role: 'strong', text: ` ${name}` },
    { role: 'dim', text: ` · ${shortened(roleWord(t, role))}  ` },
  ];
}

function connectionPieces(t: Translate, connection: ConnectionView, tls: boolean): Piece[] {
  switch (connection.name) {
    case 'ready': {
      const words =
        connection.latency_ms === null
          ? t('conn_ready_unknown')
          : t('conn_ready', { ms: connection.latency_ms });
      return [
        { role: 'ok', text: '● ' },
        { role: 'plain', text: tls ? `TLS ${words}` : words },
      ];
    }
    case 'connecting':
      return [{ role: 'warn', text: `◐ ${t('conn_connecting')}` }];
    case 'handshaking':
      return [{ role: 'warn', text: `◐ ${t('conn_handshaking')}` }];
    case 'idle':
      return [{ role: 'dim', text: `○ ${t('conn_idle')}` }];
    case 'retrying':
    case 'closed':
      return [{ role: 'error', text: `✗ ${t('conn_lost')}` }];
  }
}
