/** Puts the parts together: store, effects, router, the React tree; and feeds them with keys and sizes. */
import { createEffects } from '../effects/effects.js';
import { Keymap } from '../input/keymap.js';
import type { KeyEvent } from '../input/index.js';
import { Router } from '../input/router.js';
import { initialState } from '../state/model.js';
import { createAppStore } from '../state/store.js';
import { mountInk, type CursorPosition, type ScreenSize } from '../terminal/index.js';
import { themeOf } from '../theme/index.js';
import type { UiConfig } from '../config.js';
import { App } from './app.js';
import { feedKeys } from './feed_keys.js';
import { ServicesContext, type Services } from './services.js';
import { systemNow } from '../effects/clock.js';

export type RunAppOptions = {
  readonly config: UiConfig;
  readonly version: string;
  readonly size: ScreenSize;
  readonly draw: (frame: string, cursor: CursorPosition | undefined) => void;
  readonly redraw: () => void;
  readonly suspend: () => void;
  /** The line is closed and the tree is gone. */
  readonly onQuit: () => void;
};

export type RunningApp = {
  handle(events: readonly KeyEvent[]): void;
  resize(size: ScreenSize): void;
};

export function runApp(options: RunAppOptions): RunningApp {
  const { config, version, size } = options;
  const store = createAppStore(initialState({ language: config.language, server_label: '', tls: false }));
  const effects = createEffects({ store, data_folder: config.data_folder, version, now: systemNow });
  const router = new Router(new Keymap());
  let quitting = false;
  const quit = (): void => {
    if (quitting) return;
    quitting = true;
    host.unmount();
    options.onQuit();
    void effects.close();
  };
  const services: Services = {
    store,
    effects,
    router,
    theme: themeOf(config.theme),
    ascii: config.ascii,
    now: systemNow,
    quit,
    redraw: options.redraw,
    suspend: options.suspend,
  };
  effects.start(config.address);
  const host = mountInk(
    <ServicesContext value={services}>
      <App />
    </ServicesContext>,
    { columns: size.columns, rows: size.rows, onFrame: options.draw },
  );
  return {
    handle: (events) => feedKeys(router, events, () => host.flush()),
    resize: ({ columns, rows }) => host.resize(columns, rows),
  };
}
