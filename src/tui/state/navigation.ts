/** Pure changes of the screen stack, the overlays and the toasts. Each takes a state and gives the next one. */
import type { AppState, Overlay, Screen, SignedOutReason, ToastKind } from './model.js';
import { EMPTY_LIST, FIRST_USERS } from './model.js';
import type { Said } from '../i18n/index.js';

/** How long a toast that is no error stays, milliseconds. */
export const TOAST_MS = 5_000;
/** Toasts kept; the oldest go first. */
export const TOASTS_MAX = 4;
/** Screens under each other; nobody goes deeper, and a loop of pushes must not grow for ever. */
const SCREENS_MAX = 16;

type Change = (state: AppState) => AppState;

export const screenOf = (state: AppState): Screen => state.screens.at(-1) ?? state.screens[0];

export const pushScreen =
  (screen: Screen): Change =>
  (state) => ({
    ...state,
    overlays: [],
    screens: [state.screens[0], ...state.screens.slice(1), screen].slice(0, SCREENS_MAX) as [
      Screen,
      ...Screen[],
    ],
  });

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
  (kind: ToastKind, said: Said, now: number): Change =>
  (state) => ({
    ...state,
    next_toast_id: state.next_toast_id + 1,
    toasts: [
      ...state.toasts,
      { id: state.next_toast_id, kind, said, expires_at: kind === 'error' ? null : now + TOAST_MS },
    ].slice(-TOASTS_MAX),
  });

export const expireToasts =
  (now: number): Change =>
  (state) => {
    const toasts = state.toasts.filter((toast) => toast.expires_at === null || toast.expires_at > now);
    return toasts.length === state.toasts.length ? state : { ...state, toasts };
  };

export const dismissToasts: Change = (state) =>
  state.toasts.length === 0 ? state : { ...state, toasts: [] };

/** Everything that belonged to the person is gone; the sign-in screen says why. */
export const signedOut =
  (reason: SignedOutReason | null): Change =>
  (state) => ({
    ...state,
    session: null,
    signed_out_reason: reason,
    password_checked_at: null,
    locked: false,
    typed: false,
    undo: null,
    screens: [{ name: 'sign_in' }],
    overlays: [],
    toasts: [],
    sessions: EMPTY_LIST,
    history: EMPTY_LIST,
    users: FIRST_USERS,
    user_detail: null,
  });
