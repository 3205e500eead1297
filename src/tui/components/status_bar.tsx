/** The first row: name, tabs, who is signed in, connection, language. Drops its left parts where there is no room. */
import { useApp, useServices, useWords } from '../services/index.js';
import type { Translate } from '../i18n/index.js';
import { type AppState, type ConnectionView, type ScreenName, screenOf } from '../state/index.js';
import { fit, width } from '../text/index.js';
import type { Paint } from '../theme/index.js';
import { Rows } from './rows.js';

const ADMIN_SCREENS: ReadonlySet<ScreenName> = new Set(['users', 'user', 'edit_user', 'create_user']);

type Piece = { readonly role: Paint; readonly text: string };

const cellsOf = (pieces: readonly Piece[]): number => pieces.reduce((sum, { text }) => sum + width(text), 0);

export function StatusBar({ cols }: { readonly cols: number }): React.JSX.Element {
  const { theme } = useServices();
  const { t, language } = useWords();
  const session = useApp((state) => state.session);
  const connection = useApp((state) => state.connection);
  const tls = useApp((state) => state.tls);
  const screen = useApp((state) => screenOf(state).name);

  const right: Piece[] = [
    ...connectionPieces(t, connection, tls),
    { role: 'dim', text: `  ${language.toUpperCase()} ` },
  ];
  const who: Piece[] = session === null ? [] : whoPieces(t, session);
  const tabs: Piece[] = session === null ? [] : tabPieces(t, screen, session);
  const name: Piece[] = [{ role: 'strong', text: ` ${t('app_name')} ` }];

  let left = [...name, ...tabs];
  let end = [...who, ...right];
  if (cellsOf(left) + cellsOf(end) > cols) left = tabs.length > 0 ? tabs : name;
  if (cellsOf(left) + cellsOf(end) > cols) end = right;
  const gap = Math.max(0, cols - cellsOf(left) - cellsOf(end));
  const paint = (pieces: readonly Piece[]): string =>
    pieces.map(({ role, text }) => theme.paint(role, text)).join('');
  return <Rows rows={[paint(left) + ' '.repeat(gap) + paint(end)]} />;
}

function tabPieces(t: Translate, screen: ScreenName, session: NonNullable<AppState['session']>): Piece[] {
  const inAdmin = ADMIN_SCREENS.has(screen);
  const tab = (number: string, label: string, active: boolean): Piece =>
    active
      ? { role: 'tab_active', text: `▐${number} ${label}▌` }
      : { role: 'plain', text: ` ${number} ${label} ` };
  const admin = session.permissions.includes('users.read') ? [tab('5', t('tab_admin'), inAdmin)] : [];
  return [{ role: 'plain', text: ' ' }, tab('1', t('tab_home'), !inAdmin), ...admin];
}

/** The strongest role stands beside the name. */
function whoPieces(t: Translate, { account }: NonNullable<AppState['session']>): Piece[] {
  const role = account.roles.includes('admin')
    ? 'admin'
    : account.roles.includes('moderator')
      ? 'moderator'
      : 'user';
  const name = width(account.account_name) > 20 ? fit(account.account_name, 20) : account.account_name;
  return [
    { role: 'strong', text: ` ${name}` },
    { role: 'dim', text: ` · ${t(`role_${role}`)}  ` },
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
