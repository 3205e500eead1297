/** The whole interface: status bar, screen, flash row, hints, and the overlays above. Chooses, and does nothing itself. */
import { useEffect, useRef } from 'react';
import { Box } from 'ink';
import { CoveredContext, flashRowsKept, KeyHints, Rows, StatusBar, useFlash } from '../components/index.js';
import type { Binding } from '../input/index.js';
import { type Overlay, screenOf } from '../state/index.js';
import { useScreenSize } from '../ink/index.js';
import { ScreenView } from '../screens/index.js';
import { fitsScreen, SCREEN_MIN } from '../screen_min.js';
import { fit, wrap } from '../text/index.js';
import { Confirm } from './confirm.js';
import { Help } from './help.js';
import { Lock } from './lock.js';
import { Menu } from './menu.js';
import { Palette } from './palette.js';
import { Result } from './result.js';
import { DepthContext, useApp, useLayer, useServices, useWords, type Handlers } from '../services/index.js';
import { useConnectionNews } from './use_connection_news.js';
import { useGlobalKeys } from './use_global_keys.js';
import { useIdleLock } from './use_idle_lock.js';

/** Depth of the first overlay; each further one stands as much higher. */
const OVERLAY_DEPTH = 100;
/** Above everything, the lock too. */
const UNSEEN_DEPTH = 100_000;
const UNSEEN = { help: () => undefined, redraw: () => undefined } as const satisfies Handlers;

export function App(): React.JSX.Element {
  const size = useScreenSize();
  const { t } = useWords();
  const { router, accessible } = useServices();
  const screen = useApp(screenOf);
  const overlays = useApp((state) => state.overlays);
  const locked = useApp((state) => state.person.locked);
  useGlobalKeys();
  useConnectionNews();
  useIdleLock();

  // The help shows what was in force below it, so it is remembered while there is no overlay.
  const below = useRef<readonly Binding[]>([]);
  useEffect(() => {
    const remember = (): void => {
      if (!overlays.some(({ name }) => name === 'help' || name === 'palette'))
        below.current = router.active();
    };
    remember();
    return router.subscribe(remember);
  }, [router, overlays]);

  // Where nothing fits a notice stands instead, and everything is kept behind it.
  const fits = fitsScreen(size.columns, size.rows);
  // Nobody acts on what can't be seen: only leaving still works, and the help would be as unseen as the rest.
  useLayer(fits ? null : { depth: UNSEEN_DEPTH, places: ['global'], modal: true, handlers: UNSEEN });
  const cols = Math.max(SCREEN_MIN.columns, size.columns);
  const rows = Math.max(SCREEN_MIN.rows, size.rows);
  const flash = useFlash(cols, rows);
  const flashRows =
    flash.length > 0 ? flash : Array.from({ length: flashRowsKept(rows) }, () => ' '.repeat(cols));
  const height = rows - 2 - flashRows.length;
  // Read line by line, a dialog must not be mixed with what lies below it.
  const alone = accessible && overlays.length > 0;
  const need = `${SCREEN_MIN.columns}x${SCREEN_MIN.rows}`;
  const notice = wrap(t('too_small', { need, have: `${size.columns}x${size.rows}` }), size.columns)
    .slice(0, size.rows)
    .map((line) => fit(line, size.columns));

  return (
    <>
      {fits ? null : (
        <Box width={size.columns} height={size.rows} flexDirection="column">
          <Rows rows={notice} />
        </Box>
      )}
      {fits && locked ? <Lock cols={cols} rows={rows} /> : null}
      <Box display={fits && !locked ? 'flex' : 'none'} flexDirection="column" width={cols} height={rows}>
        <CoveredContext value={!fits || locked || overlays.length > 0}>
          <StatusBar cols={cols} />
          <Box width={cols} height={height} flexDirection="column" overflow="hidden">
            <Box display={alone ? 'none' : 'flex'} width={cols} height={height} flexDirection="column">
              <ScreenView key={JSON.stringify(screen)} screen={screen} cols={cols} height={height} />
            </Box>
          </Box>
          <Rows rows={flashRows} />
        </CoveredContext>
        <KeyHints cols={cols} />
        {overlays.map((overlay, at) => (
          // An overlay's identity is its place in the stack and its kind.
          <CoveredContext
            key={`${at} ${kindOf(overlay)}`}
            value={!fits || locked || at < overlays.length - 1}
          >
            <DepthContext value={OVERLAY_DEPTH * (at + 1)}>
              <OverlayView overlay={overlay} cols={cols} rows={rows} below={below.current} />
            </DepthContext>
          </CoveredContext>
        ))}
      </Box>
    </>
  );
}

/** A menu that another one led to begins at its own first item. */
const kindOf = (overlay: Overlay): string =>
  overlay.name === 'menu' ? `menu ${overlay.menu}` : overlay.name;

type OverlayProps = {
  readonly overlay: Overlay;
  readonly cols: number;
  readonly rows: number;
  readonly below: readonly Binding[];
};

function OverlayView({ overlay, cols, rows, below }: OverlayProps): React.JSX.Element {
  switch (overlay.name) {
    case 'help':
      return <Help cols={cols} rows={rows} bindings={below} />;
    case 'menu': {
      const { menu, account_id, key_id, role, list, filter } = overlay;
      const about = { account_id, key_id, role, list, filter };
      return <Menu cols={cols} rows={rows} menu={menu} {...about} />;
    }
    case 'confirm':
      return <Confirm cols={cols} rows={rows} act={overlay.act} />;
    case 'palette':
      return <Palette cols={cols} rows={rows} bindings={below} />;
    case 'result':
      return <Result cols={cols} rows={rows} title={overlay.title} failed={overlay.failed} />;
  }
}
