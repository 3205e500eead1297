/** What every component can reach: the store, the effects, the router, looks and the clock. Provided once by the app. */
import { createContext, useContext, useEffect, useLayoutEffect, useState } from 'react';
import { useStore } from 'zustand';
import type { Effects } from '../effects/index.js';
import { type Language, type Translate, translatorOf } from '../i18n/index.js';
import type { Clipboard } from './clipboard.js';
import type { Questions } from './questions.js';
import type { Layer, Router } from './router.js';
import type { AppState, AppStore } from '../state/index.js';
import type { Colours } from '../terminal/index.js';
import { type Theme, themeOf } from '../theme/index.js';

export type Services = {
  readonly store: AppStore;
  readonly effects: Effects;
  readonly router: Router;
  readonly ascii: boolean;
  /** How many the terminal has: a theme that needs more gives way to one that doesn't. */
  readonly colours: Colours;
  /** Append-only lines instead of a screen: one panel at a time, and digits pick rows. */
  readonly accessible: boolean;
  /** The password of the demo's administrator, who nobody is; null but in the demo. */
  readonly demo_password: string | null;
  /** Milliseconds without a key after which everything is hidden; null for never. */
  readonly idle_lock_ms: number | null;
  readonly now: () => number;
  /** The server was started together with this program, and ends with it unless it is left running. */
  readonly stops_server: boolean;
  readonly quit: (leave?: 'leave_server') => void;
  readonly redraw: () => void;
  readonly clipboard: Clipboard;
  readonly questions: Questions;
  readonly suspend: () => void;
};

export const ServicesContext = createContext<Services | null>(null);

function useGiven(): Services {
  const services = useContext(ServicesContext);
  if (services === null) throw new Error('ServicesContext is missing above this component.');
  return services;
}

/** Returns the services, and the look in force. */
export function useServices(): Services & { readonly theme: Theme } {
  const services = useGiven();
  const theme = useStore(services.store, (state) => state.theme);
  return { ...services, theme: themeOf(theme, services.colours) };
}

/** Returns a part of the state; the component renders again when it changes. */
export function useApp<T>(select: (state: AppState) => T): T {
  return useStore(useGiven().store, select);
}

/** Returns the words of the language in force, and its name. */
export function useWords(): { readonly t: Translate; readonly language: Language } {
  const language = useApp((state) => state.language);
  return { t: translatorOf(language), language };
}

/** Returns the clock, read again every `every_ms` while `active`. */
export function useClock(every_ms: number, active: boolean): number {
  const { now } = useGiven();
  const [at, setAt] = useState(now);
  useEffect(() => {
    if (!active) return undefined;
    setAt(now());
    const timer = setInterval(() => setAt(now()), every_ms);
    return () => clearInterval(timer);
  }, [active, every_ms, now]);
  return active ? at : now();
}

/** How far up the input stack the components below stand: 0 for the screen, 100 more for each overlay. */
export const DepthContext = createContext(0);

/** Depths inside one screen or overlay. */
export const DEPTH = { global: 0, screen: 10, pane: 20, field: 30 } as const;

/** Takes part in the input stack while mounted; `null` steps back from it. */
export function useLayer(layer: Layer | null): void {
  const { router } = useGiven();
  const base = useContext(DepthContext);
  const [owner] = useState(() => Symbol('layer'));
  // On every commit: handlers are closures of the newest render.
  useLayoutEffect(() => {
    router.set(
      owner,
      layer === null ? null : { ...layer, depth: layer.depth === 0 ? 0 : base + layer.depth },
    );
  });
  useLayoutEffect(() => () => router.set(owner, null), [router, owner]);
}
