/** Taking back the last harmless act: how things look and what is asked. Acts on accounts are confirmed instead. Pure. */
import type { AppState } from './model.js';
import { addToast } from './navigation.js';
import type { Said } from '../i18n/index.js';
import { setMarks, setQuery } from './users.js';

/** How long `u` takes an act back, milliseconds. */
const UNDO_MS = 5_000;

type Change = (state: AppState) => AppState;

/** Does `change` and remembers what was before; `said` tells so, null keeps silent. */
export const undoable =
  (change: Change, said: Said | null, now: number): Change =>
  (state) => {
    const next = change(state);
    if (next === state) return state;
    const { language, theme } = state;
    const { query, marks } = state.users;
    const undo = { language, theme, query, marks, expires_at: now + UNDO_MS };
    return said === null ? { ...next, undo } : addToast('info', said, now)({ ...next, undo });
  };

/** Everything as it was before the last harmless act, if that was a moment ago. */
export const undo =
  (now: number): Change =>
  (state) => {
    const before = state.undo;
    if (before === null || before.expires_at < now) return { ...state, undo: null };
    const { language, theme, query, marks } = before;
    const back = setMarks(marks)(setQuery(query)({ ...state, language, theme, undo: null }));
    return addToast('ok', { key: 'undone' }, now)(back);
  };

export const expireUndo =
  (now: number): Change =>
  (state) =>
    state.undo !== null && state.undo.expires_at <= now ? { ...state, undo: null } : state;
