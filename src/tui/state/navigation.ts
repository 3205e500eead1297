/** Pure changes of the screen stack, the overlays and the toasts. Each takes a state and gives the next one. */
import { FIRST_VIEW, type AppState, type Overlay, type SignedOutReason, type ToastKind } from './model.js';
import { NOBODY } from './person.js';
import { screenEntry, type Screen } from './screen_table.js';
import type { ProblemCode, Said } from '../i18n/index.js';

/** How long a toast that is no error stays, milliseconds. */
export const TOAST_MS = 5_000;
/** Toasts kept; the oldest go first. */
export const TOASTS_MAX = 4;
/** Screens under each other; nobody goes deeper, and a loop of pushes must not grow for ever. */
const SCREENS_MAX = 16;

type Change = (state: AppState) => AppState;

export const screenOf = (state: AppState): Screen => state.screens.at(-1) ?? state.screens[0];

/** Lays a screen over the one that is shown. Where its entry doesn't say that it can be opened from there, nothing changes. */
export const pushScreen =
  (screen: Screen): Change =>
  (state) => {
    const { from } = screenEntry(screen.name);
    const [root, ...above] = state.screens;
    const reachable = typeof from !== 'string' && from.includes(screenOf(state).name);
    if (!reachable || above.length + 1 >= SCREENS_MAX) return state;
    return { ...state, overlays: [], screens: [root, ...above, screen] };
  };

/** Makes `screen` the only one: a tab, or the place after signing in or out. */
export const setScreen =
  (screen: Screen): Change =>
  (state) => ({ ...state, overlays: [], typed: false, screens: [screen] });

/** One screen back; the root stays. */
export const popScreen: Change = (state) => {
  const [root, ...rest] = state.screens;
  return { ...state, overlays: [], screens: [root, ...rest.slice(0, -1)] };
};

export const openOverlay =
  (overlay: Overlay): Change =>
  (state) => ({ ...state, overlays: [...state.overlays, overlay] });

export const closeOverlay: Change = (state) => ({ ...state, overlays: state.overlays.slice(0, -1) });

export const addToast =
  (kind: ToastKind, said: Said, now: number, counts_ms?: number): Change =>
  (state) => ({
    ...state,
    next_toast_id: state.next_toast_id + 1,
    toasts: [
      ...state.toasts,
      {
        id: state.next_toast_id,
        kind,
        said,
        expires_at: kind === 'error' ? null : now + (counts_ms ?? TOAST_MS),
        ...(counts_ms === undefined ? {} : { counts: true as const }),
      },
    ].slice(-TOASTS_MAX),
  });

/** Takes away what was told of a problem that has passed. */
export const dropProblem =
  (code: ProblemCode): Change =>
  (state) => {
    const toasts = state.toasts.filter(({ said }) => !('problem' in said && said.problem.code === code));
    return toasts.length === state.toasts.length ? state : { ...state, toasts };
  };

export const expireToasts =
  (now: number): Change =>
  (state) => {
    const toasts = state.toasts.filter((toast) => toast.expires_at === null || toast.expires_at > now);
    return toasts.length === state.toasts.length ? state : { ...state, toasts };
  };

export const dismissToasts: Change = (state) =>
  state.toasts.length === 0 ? state : { ...state, toasts: [] };

/** A change that comes by itself: keys that are on their way were meant for what was shown before. */
export const unasked =
  (change: Change): Change =>
  (state) => {
    const next = change(state);
    return next === state ? state : { ...next, unasked: state.unasked + 1 };
  };

/** Everything that belonged to the person is gone; the sign-in screen says why. */
export const signedOut =
  (reason: SignedOutReason | null): Change =>
  (state) => ({ ...state, ...FIRST_VIEW, signed_out_reason: reason, resuming: null, person: NOBODY });
