/** The whole interface without a terminal and without a server: keys in, frames out. Effects are a recorded stand-in. */
import { stripVTControlCharacters } from 'node:util';
import { App } from '../../src/tui/app/app.js';
import { feedKeys } from '../../src/tui/app/feed_keys.js';
import { ServicesContext, type Services } from '../../src/tui/services/services.js';
import type { ClientKeyRecord } from '../../src/protocol/index.js';
import type { Effects, NewClientKey } from '../../src/tui/effects/contract.js';
import { KeyParser } from '../../src/tui/input/index.js';
import { Keymap } from '../../src/tui/input/keymap.js';
import { Clipboard, type CopyOutcome } from '../../src/tui/services/clipboard.js';
import { Questions } from '../../src/tui/services/questions.js';
import { Router } from '../../src/tui/services/router.js';
import { initialState } from '../../src/tui/state/model.js';
import { addToast } from '../../src/tui/state/navigation.js';
import type { Attempt } from '../../src/tui/i18n/problem.js';
import { createAppStore, type AppStore } from '../../src/tui/state/store.js';
import { mountInk } from '../../src/tui/ink/index.js';
import type { CursorPosition } from '../../src/tui/terminal/index.js';
import { graphemeWidth, graphemes } from '../../src/tui/text/index.js';
import type { ThemeName } from '../../src/tui/theme/index.js';
import { account, clientKey, manyAccounts, NOW, role, stateOf, type Given } from './accounts.js';
import { loadPasswordEstimates } from '../../src/tui/password/index.js';

// Frames must not depend on when the library arrives.
await loadPasswordEstimates();

export type RenderOptions = {
  readonly cols?: number;
  readonly rows?: number;
  readonly language?: 'en' | 'ru';
  readonly theme?: ThemeName;
  readonly ascii?: boolean;
  readonly accessible?: boolean;
  readonly idle_lock_ms?: number;
  readonly demo_password?: string;
  readonly now?: () => number;
  readonly copies?: CopyOutcome;
  readonly stops_server?: boolean;
  readonly state?: Given;
  readonly effects?: Partial<Effects>;
};

export type RenderedApp = Disposable & {
  readonly store: AppStore;
  /** What was asked of the effects: name and parameters. */
  readonly calls: readonly (readonly unknown[])[];
  /** The frame with its styles, exactly as the frame writer gets it. */
  frame(): string;
  /** The frame as text. */
  text(): string;
  cursor(): CursorPosition | undefined;
  /** Bytes as a terminal sends them. */
  press(keys: string): void;
  resize(cols: number, rows: number): void;
  readonly quits: () => number;
  /** The last quit was to leave the server running. */
  readonly left: () => boolean;
  /** What the terminal was asked to take into its clipboard. */
  readonly copied: readonly string[];
};

const ok = <T,>(value: T): Promise<Attempt<T>> => Promise.resolve({ ok: true, value });

/** What the stand-in gives for every new key; tests look for it where it must not be. */
export const NEW_KEY = 'x'.repeat(43);

function newKey(change: Partial<ClientKeyRecord>): NewClientKey {
  const client_key = clientKey(change);
  const connection_key = `${client_key.key_id}.${NEW_KEY}`;
  const connection_string = `portcullis://gate.example.test:7777?key=${connection_key}`;
  return { client_key, connection_key, connection_string };
}

function standIn(store: AppStore, calls: (readonly unknown[])[], own: Partial<Effects>): Effects {
  const boris = account({ account_name: 'boris' });
  const effects: Effects = {
    connectTo: () => ({ ok: true, value: null }),
    signInAnew: () => undefined,
    retryNow: () => undefined,
    serverPin: () => null,
    othersConnected: () => Promise.resolve(3),
    knownServers: () => [],
    forgetServer: () => ({ ok: true, value: null }),
    keptAccounts: () => [],
    switchAccount: () => ({ ok: true, value: null }),
    signInAsAnother: () => undefined,
    forgetAccount: () => ok(null),
    sharesSession: () => false,
    keepsSignedIn: () => true,
    keepSignedIn: () => undefined,
    signIn: () => ok(null),
    register: () => ok(null),
    redeemCode: () => ok(null),
    signOut: () => ok(null),
    loadScreen: () => undefined,
    revokeSession: () => ok(null),
    endOtherSessions: () => ok(2),
    confirmPassword: () => ok(null),
    readProfile: () => ok(boris),
    readUser: () => ok(boris),
    // Marks are of accounts only.
    matchingRows: (list) => ok((list === 'users' ? manyAccounts(5) : []) as never[]),
    actOnMany: (_verb, targets) => Promise.resolve({ done: targets.length, failed: [] }),
    clearThrottle: () => ok(7),
    updateProfile: () => ok(boris),
    changePassword: () => ok(2),
    ensureRows: () => undefined,
    refreshList: () => undefined,
    createUser: () =>
      ok({ account: boris, code: `pcc_${'x'.repeat(43)}`, code_expires_at: NOW + 259_200_000 }),
    updateUser: () => ok(boris),
    suspendUser: () => ok(1),
    resumeUser: () => ok(null),
    deleteUser: () => ok(null),
    keyInUse: () => 'local',
    createClientKey: (name) => ok(newKey({ name })),
    updateClientKey: () => ok(null),
    rotateClientKey: (_key_id, hours) => {
      const { current } = clientKey();
      if (current === null) throw new Error('a client key that can be rotated has a current key');
      const next = { ...current, created_at: NOW, last_used_at: null };
      return ok(newKey({ current: { ...current, not_after: NOW + hours * 3_600_000 }, next }));
    },
    revokeClientKey: () => ok(null),
    readRole: (name) => ok(role({ role: name })),
    holdersOf: () => ok({ count: 3, exact: true }),
    createRole: (form) => ok(role({ ...form, permissions: [...form.permissions] })),
    updateRole: (form) => ok(role({ ...form, permissions: [...form.permissions], version: 2 })),
    deleteRole: () => ok(null),
    assignRole: () => ok(null),
    unassignRole: () => ok(null),
    toast: (kind, said) => store.setState(addToast(kind, said, NOW)),
    ...own,
  };
  return Object.fromEntries(
    Object.entries(effects).map(([name, act]) => [
      name,
      (...params: unknown[]) => {
        calls.push([name, ...params]);
        return (act as (...all: unknown[]) => unknown)(...params);
      },
    ]),
  ) as unknown as Effects;
}

export function renderApp(options: RenderOptions = {}): RenderedApp {
  const { cols = 80, rows = 24, language = 'en', theme = 'ansi', ascii = false } = options;
  const first = initialState({ language, theme, server_label: 'localhost:7777', tls: false });
  const begin: Given = {
    connection: { name: 'ready', server_name: 'Portcullis', latency_ms: 12 },
    server_info: {
      registration_open: true,
      setup_required: false,
      password_length_min: 8,
      setup_code_found: false,
    },
    password_checked_at: NOW,
    ...options.state,
  };
  const store = createAppStore(stateOf(first, begin));
  const calls: (readonly unknown[])[] = [];
  const router = new Router(new Keymap());
  const copied: string[] = [];
  let quits = 0;
  let left = false;
  const services: Services = {
    store,
    effects: standIn(store, calls, options.effects ?? {}),
    router,
    ascii,
    colours: 'all',
    accessible: options.accessible ?? false,
    idle_lock_ms: options.idle_lock_ms ?? null,
    demo_password: options.demo_password ?? null,
    now: options.now ?? (() => NOW),
    stops_server: options.stops_server ?? false,
    quit: (leave) => {
      quits += 1;
      left = leave === 'leave_server';
    },
    redraw: () => calls.push(['redraw']),
    clipboard: new Clipboard((text) => {
      copied.push(text);
      return options.copies ?? 'sent';
    }),
    questions: new Questions(),
    suspend: () => calls.push(['suspend']),
  };
  let frame = '';
  let cursor: CursorPosition | undefined;
  const host = mountInk(
    <ServicesContext value={services}>
      <App />
    </ServicesContext>,
    {
      columns: cols,
      rows,
      rows_only: true,
      onFrame: (next, place) => {
        frame = next;
        cursor = place;
      },
      onError: (error) => {
        throw error;
      },
    },
  );
  host.flush();
  const parser = new KeyParser();
  return {
    store,
    calls,
    frame: () => {
      host.flush();
      return frame;
    },
    text: () => {
      host.flush();
      return stripVTControlCharacters(frame);
    },
    cursor: () => cursor,
    press: (keys) => feedKeys(router, [...parser.feed(keys), ...parser.flush()], () => host.flush()),
    resize: (nextCols, nextRows) => host.resize(nextCols, nextRows),
    quits: () => quits,
    left: () => left,
    copied,
    [Symbol.dispose]: () => host.unmount(),
  };
}

const SGR = /\x1b\[[0-9;]*m/g;

/** What is wrong with a frame, as sentences; empty when every rule of every frame holds. */
export function faultsOf(frame: string, cols: number, rows: number): string[] {
  const faults: string[] = [];
  const lines = frame.split('\n');
  if (lines.length !== rows) faults.push(`${lines.length} rows instead of ${rows}`);
  for (const [at, line] of lines.entries()) {
    const text = line.replace(SGR, '');
    const cells = graphemes(text).reduce((sum, grapheme) => sum + graphemeWidth(grapheme), 0);
    if (cells > cols) faults.push(`row ${at} takes ${cells} cells: ${text}`);
    if (/[\x00-\x1f\x7f-\x9f]/.test(text))
      faults.push(`row ${at} holds a control byte: ${JSON.stringify(text)}`);
    if (/undefined|NaN|\[object|\{\w+\}/.test(text)) faults.push(`row ${at} holds a hole: ${text}`);
  }
  return faults;
}
