/** The keys that work everywhere: the bottom layer of the input stack. */
import { useRef } from 'react';
import {
  closeOverlay,
  dismissToasts,
  openOverlay,
  popScreen,
  setScreen,
  tabsOf,
  undo,
} from '../state/index.js';
import { useQuit } from './use_quit.js';
import { resumeSuspended } from './suspend_at_once.js';
import { DEPTH, useApp, useLayer, useServices, type Handlers } from '../services/index.js';

/** A second Ctrl+C within this quits. */
const QUIT_WINDOW_MS = 1_500;

export function useGlobalKeys(): void {
  const { store, effects, now, quit, redraw, suspend, stops_server } = useServices();
  const askToQuit = useQuit();
  const permissions = useApp((state) => state.person.session?.permissions ?? null);
  const deep = useApp((state) => state.screens.length > 1);
  const retrying = useApp(
    (state) => state.connection.name === 'retrying' || state.connection.name === 'closed',
  );
  const toasts = useApp((state) => state.toasts.length > 0);
  const undoable = useApp((state) => state.person.undo !== null);
  const resumable = useApp((state) => state.person.resumable !== null);
  const armedAt = useRef(Number.NEGATIVE_INFINITY);

  const tabs: Handlers = Object.fromEntries(
    tabsOf(permissions).map(({ tab, screen }) => [`tab_${tab}`, () => store.setState(setScreen(screen))]),
  );
  const interrupt = (): void => {
    if (now() - armedAt.current <= QUIT_WINDOW_MS) {
      quit();
      return;
    }
    armedAt.current = now();
    effects.toast('info', { key: stops_server ? 'quit_again_stops' : 'quit_again' });
  };
  useLayer({
    depth: DEPTH.global,
    places: ['global'],
    handlers: {
      help: () => {
        if (store.getState().overlays.some(({ name }) => name === 'help')) store.setState(closeOverlay);
        else store.setState(openOverlay({ name: 'help' }));
      },
      quit: () => {
        if (store.getState().screens.length > 1) store.setState(popScreen);
        else askToQuit();
      },
      interrupt,
      palette: () => store.setState(openOverlay({ name: 'palette' })),
      // What could be undone before a suspension was forgotten with it: what there is came after.
      ...(undoable
        ? { undo: () => store.setState(undo(now())) }
        : resumable
          ? { undo: () => void resumeSuspended({ store, effects, now }) }
          : {}),
      language: () => store.setState(openOverlay({ name: 'menu', menu: 'language' })),
      accounts: () => store.setState(openOverlay({ name: 'menu', menu: 'accounts' })),
      redraw,
      suspend,
      ...(deep
        ? { back: () => store.setState(popScreen) }
        : toasts
          ? { back: () => store.setState(dismissToasts) }
          : {}),
      ...(toasts ? { dismiss: () => store.setState(dismissToasts) } : {}),
      ...(retrying ? { retry_now: () => effects.retryNow() } : {}),
      ...tabs,
    },
  });
}
