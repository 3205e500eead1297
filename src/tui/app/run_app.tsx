/** Puts the parts together: store, effects, router, the React tree; and feeds them with keys and sizes. */
import { createEffects } from '../effects/index.js';
import { ASK_BACKGROUND, BACKGROUND_ANSWER_MS, themeOfBackground } from '../background.js';
import type { KeyEvent, Reply } from '../input/index.js';
import {
  Clipboard,
  type CopyOutcome,
  Questions,
  Router,
  type Services,
  ServicesContext,
} from '../services/index.js';
import { type AppState, createAppStore, initialState } from '../state/index.js';
import { mountInk } from '../ink/index.js';
import type { CursorPosition, ScreenSize } from '../terminal/index.js';
import { backdrop, themeOf } from '../theme/index.js';
import type { UiConfig } from '../config.js';
import { Keep } from '../keep/index.js';
import type { ServerChoice, StartAs } from '../reach/index.js';
import { App } from './app.js';
import { feedKeys } from './feed_keys.js';
import { systemNow } from '../reach/index.js';
import { TypingGate } from './typing_gate.js';

export type RunAppOptions = {
  readonly config: UiConfig;
  readonly choice: ServerChoice;
  readonly who: StartAs;
  /** Signs in the first connection, where nothing was kept for it. */
  readonly session_token: string | null;
  /** Shown where the demo asks for it. */
  readonly demo_password: string | null;
  readonly version: string;
  readonly size: ScreenSize;
  /** `scene` names screen and overlays; `keyed` says that a key caused the frame. */
  readonly draw: (frame: string, cursor: CursorPosition | undefined, scene: string, keyed: boolean) => void;
  readonly redraw: () => void;
  readonly suspend: () => void;
  /** Asks the terminal to take a text into its clipboard. */
  readonly copy: (text: string) => CopyOutcome;
  /** The line is closed and the tree is gone. */
  readonly onQuit: (leave_server: boolean) => void;
};

/** Wide enough for a whole account in a line; a screen is read in full when it opens, so it is not taller than others. */
const ACCESSIBLE_SIZE: ScreenSize = { columns: 100, rows: 24 };

const isTyped = ({ type }: KeyEvent): boolean => type === 'key' || type === 'paste';
/** Ctrl+C and Ctrl+Z leave whatever is shown. */
const isAlwaysMeant = (event: KeyEvent): boolean =>
  !isTyped(event) || (event.type === 'key' && event.ctrl && (event.name === 'c' || event.name === 'z'));

/** Long enough for an answer that changes the screen in several steps, too short to be felt. */
const SAY_MS = 15;

/** What has to be read aloud in full when it is another; `notice`: the screen has made place for what is only shown. */
const sceneOf = ({ screens, overlays, person }: AppState, notice: boolean): string =>
  JSON.stringify([person.locked, screens.map(({ name }) => name), overlays, notice]);

export type RunningApp = {
  /** Asks the terminal for its background, if the theme is to follow it. Nothing waits for the answer. */
  askBackground(write: (question: string) => void): void;
  handle(events: readonly KeyEvent[]): void;
  resize(size: ScreenSize): void;
};

export function runApp(options: RunAppOptions): RunningApp {
  const { config, version, size } = options;
  const store = createAppStore(
    initialState({
      language: config.language,
      theme: config.theme,
      asks_before_quitting: config.ask_before_quitting,
      server_label: '',
      tls: false,
    }),
  );
  const { choice, session_token } = options;
  const keep = choice.keep_folder === null ? null : new Keep(choice.keep_folder, systemNow);
  const { data_folder, insecure_plain } = choice;
  const now = systemNow;
  const effects = createEffects({ store, data_folder, version, now, keep, session_token, insecure_plain });
  const router = new Router(config.keymap);
  let quitting = false;
  let keyed = false;
  let { columns } = size;
  let waiting: { frame: string; cursor: CursorPosition | undefined; keyed: boolean } | null = null;
  /** What a tick changes is said once, when the tick is over and the state is the one that the frame shows. */
  const sayLater = (frame: string, cursor: CursorPosition | undefined): void => {
    const scheduled = waiting !== null;
    waiting = { frame, cursor, keyed: keyed || waiting?.keyed === true };
    if (scheduled) return;
    setTimeout(() => {
      const said = waiting;
      waiting = null;
      const notice = router.active().some(({ id }) => id === 'close');
      if (said !== null) options.draw(said.frame, said.cursor, sceneOf(store.getState(), notice), said.keyed);
    }, SAY_MS);
  };
  let asked_at = Number.NEGATIVE_INFINITY;
  const hearReply = ({ kind, body }: Reply): void => {
    if (!config.ask_background || kind !== 'osc' || systemNow() - asked_at > BACKGROUND_ANSWER_MS) return;
    const theme = themeOfBackground(body);
    if (theme !== null) store.setState({ theme });
  };
  const quit = (leave?: 'leave_server'): void => {
    if (quitting) return;
    quitting = true;
    host.unmount();
    options.onQuit(leave === 'leave_server');
    void effects.close();
  };
  const services: Services = {
    store,
    effects,
    router,
    ascii: config.ascii,
    colours: config.colours,
    accessible: config.accessible,
    idle_lock_ms: config.idle_lock_ms,
    demo_password: options.demo_password,
    now: systemNow,
    stops_server: config.stops_server,
    quit,
    redraw: options.redraw,
    clipboard: new Clipboard(options.copy),
    questions: new Questions(),
    suspend: options.suspend,
  };
  const gate = new TypingGate();
  store.subscribe(({ unasked }, before) => {
    if (unasked !== before.unasked) gate.changed(systemNow());
  });
  effects.start(choice, options.who);
  const host = mountInk(
    <ServicesContext value={services}>
      <App />
    </ServicesContext>,
    {
      ...(config.accessible ? ACCESSIBLE_SIZE : size),
      rows_only: true,
      onFrame: (frame, cursor) => {
        const state = store.getState();
        const shown = backdrop(themeOf(state.theme, config.colours), frame, columns);
        if (config.accessible) sayLater(shown, cursor);
        else options.draw(shown, cursor, '', keyed);
      },
    },
  );
  return {
    askBackground: (write) => {
      if (!config.ask_background) return;
      // The time that the first frame took is not the terminal's.
      asked_at = systemNow();
      write(ASK_BACKGROUND);
    },
    handle: (events) => {
      const meant = events.some(isTyped) && !gate.lets(systemNow()) ? events.filter(isAlwaysMeant) : events;
      keyed = true;
      feedKeys(router, meant, () => host.flush());
      keyed = false;
      for (const event of events) if (event.type === 'reply') hearReply(event);
    },
    resize: (next) => {
      columns = next.columns;
      if (!config.accessible) host.resize(next.columns, next.rows);
    },
  };
}
