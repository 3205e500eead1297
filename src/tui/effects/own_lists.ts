/** The lists of the own account, sessions and sign-ins, as the state keeps them. */
import type { Session } from '../../protocol/index.js';
import type { AppState, AppStore, Loaded, SignInEntry } from '../state/index.js';
import type { Attempt } from '../i18n/index.js';

type Lists = { readonly sessions: Session; readonly history: SignInEntry };

/** Reads one list; its old rows stay while it is read, and when it can't be. */
export async function readList<N extends keyof Lists>(
  store: AppStore,
  name: N,
  read: () => Promise<Attempt<readonly Lists[N][]>>,
): Promise<void> {
  const put = (change: Partial<Loaded<Lists[N]>>): void =>
    store.setState((state: AppState) => ({ ...state, [name]: { ...state[name], ...change } }));
  const owner = store.getState().session?.session_id;
  put({ loading: true });
  const outcome = await read();
  if (store.getState().session?.session_id !== owner) return;
  if (outcome.ok) put({ rows: outcome.value, loading: false, problem: null, known: true });
  else put({ loading: false, problem: outcome.problem });
}

/** The session in which this is read stands first; the others keep the server's order, the one used last first. */
export const currentFirst = (sessions: readonly Session[]): readonly Session[] =>
  sessions.toSorted((a, b) => Number(b.current) - Number(a.current));
