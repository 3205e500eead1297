/** Taking back the last harmless act: how things look and what is asked. Acts on accounts are confirmed instead. Pure. */
import type { Said } from '../i18n/index.js';
import { LIST_NAMES, type ListName, type ListOf } from './list_table.js';
import type { AppState } from './model.js';
import { addToast } from './navigation.js';
import { changePerson, setMarks, setQuery } from './person_changes.js';

/** How long `u` takes an act back, milliseconds. */
const UNDO_MS = 5_000;

type Change = (state: AppState) => AppState;

/** Does `change` and remembers what was before; `said` tells so, null keeps silent. */
export const undoable =
  (change: Change, said: Said | null, now: number): Change =>
  (state) => {
    const next = change(state);
    if (next === state) return state;
    const { language, theme, person } = state;
    const undo = { language, theme, lists: person.lists, expires_at: now + UNDO_MS };
    const undone = changePerson({ undo })(next);
    return said === null ? undone : addToast('info', said, now)(undone);
  };

/** A list as it was asked and marked before; its rows stay as they are now. */
const askedAgain = <N extends ListName>(name: N, { query, marks }: ListOf<N>): Change => {
  const ask = setQuery(name, query);
  const mark = setMarks(name, marks);
  return (state) => mark(ask(state));
};

/** Everything as it was before the last harmless act, if that was a moment ago. */
export const undo =
  (now: number): Change =>
  (state) => {
    const before = state.person.undo;
    const forgotten = changePerson({ undo: null })(state);
    if (before === null || before.expires_at < now) return forgotten;
    const { language, theme, lists } = before;
    const back = LIST_NAMES.reduce((next, name) => askedAgain(name, lists[name])(next), {
      ...forgotten,
      language,
      theme,
    });
    return addToast('ok', { key: 'undone' }, now)(back);
  };

export const expireUndo =
  (now: number): Change =>
  (state) => {
    const { undo: before } = state.person;
    return before !== null && before.expires_at <= now ? changePerson({ undo: null })(state) : state;
  };
