/** Suspending one account without a question, and resuming it by a key a moment later. */
import type { Account } from '../../protocol/index.js';
import type { Effects } from '../effects/index.js';
import { shownKey, type Keymap } from '../input/index.js';
import { suspendedNow, suspensionKept, type AppStore } from '../state/index.js';

type Deps = { readonly store: AppStore; readonly effects: Effects; readonly now: () => number };

export async function suspendAtOnce(
  account: Account,
  keymap: Keymap,
  { store, effects, now }: Deps,
): Promise<void> {
  const owner = store.getState().person.session?.session_id;
  const outcome = await effects.suspendUser(account.account_id);
  // Whoever signed out meanwhile left no key to the next person.
  if (store.getState().person.session?.session_id !== owner) return;
  if (!outcome.ok) effects.toast('error', { problem: outcome.problem });
  else store.setState(suspendedNow(account, shownKey(keymap.keysOf('undo')[0] ?? ''), now()));
}

/** Resumes the one that was suspended last, while that is offered. */
export async function resumeSuspended({ store, effects, now }: Deps): Promise<void> {
  const { resumable } = store.getState().person;
  store.setState(suspensionKept);
  if (resumable === null || resumable.expires_at <= now()) return;
  const outcome = await effects.resumeUser(resumable.account_id);
  if (!outcome.ok) effects.toast('error', { problem: outcome.problem });
  else effects.toast('ok', { key: 'user_resumed', params: { name: resumable.account_name } });
}
