/** Does what a confirm dialog was about, and says what came of it. */
import type { Effects } from '../effects/index.js';
import { type AppStore, type ConfirmAct, openOverlay, setMarks } from '../state/index.js';
import { roleWord, type Attempt, type Said, type Translate } from '../i18n/index.js';

export type ActDeps = {
  readonly effects: Effects;
  readonly store: AppStore;
  readonly t: Translate;
  readonly quit: () => void;
  readonly onDeleted: () => void;
};

export async function runAct(act: ConfirmAct, deps: ActDeps): Promise<void> {
  const { effects } = deps;
  const said = await perform(act, deps);
  if (said === null) return;
  if ('problem' in said) effects.toast('error', said);
  else effects.toast('ok', said);
}

async function perform(act: ConfirmAct, deps: ActDeps): Promise<Said | null> {
  const { effects, t, quit, onDeleted } = deps;
  switch (act.kind) {
    case 'quit':
      quit();
      return null;
    case 'sign_out':
      return says(await effects.signOut(), () => null);
    case 'forget_account':
      return says(await effects.forgetAccount(act.id), () => ({
        key: 'account_forgotten',
        params: { name: act.account_name },
      }));
    case 'revoke_session':
      if (act.current) return says(await effects.signOut(), () => null);
      return says(await effects.revokeSession(act.session_id), () => ({ key: 'session_ended' }));
    case 'end_others':
      return says(await effects.endOtherSessions(), (count) => ({
        key: 'sessions_ended',
        params: { count },
      }));
    case 'bulk':
      return many(act, deps);
    case 'suspend':
      return says(await effects.suspendUser(act.account.account_id), (count) => ({
        key: 'user_suspended',
        params: { name: act.account.account_name, count },
      }));
    case 'resume':
      return says(await effects.resumeUser(act.account.account_id), () => ({
        key: 'user_resumed',
        params: { name: act.account.account_name },
      }));
    case 'delete': {
      const outcome = await effects.deleteUser(act.account.account_id);
      if (outcome.ok) onDeleted();
      return says(outcome, () => ({ key: 'user_deleted', params: { name: act.account.account_name } }));
    }
    case 'revoke_client_key': {
      const { key_id, name } = act.client_key;
      return says(await effects.revokeClientKey(key_id), () => ({
        key: 'client_key_is_revoked',
        params: { name },
      }));
    }
    // The form that asked goes on by itself.
    case 'create_role':
    case 'update_role':
      return null;
    case 'delete_role': {
      const { role } = act.role;
      const outcome = await effects.deleteRole(role);
      if (outcome.ok) onDeleted();
      return says(outcome, () => ({ key: 'role_deleted', params: { role } }));
    }
    case 'assign_role':
    case 'unassign_role': {
      const give = act.kind === 'assign_role';
      const { account_id, account_name } = act.account;
      const outcome = await (give
        ? effects.assignRole(account_id, act.role)
        : effects.unassignRole(account_id, act.role));
      const params = { name: account_name, role: roleWord(t, act.role) };
      return says(outcome, () => ({ key: give ? 'role_given' : 'role_taken', params }));
    }
  }
}

function says<T>(outcome: Attempt<T>, words: (value: T) => Said | null): Said | null {
  return outcome.ok ? words(outcome.value) : { problem: outcome.problem };
}

/** All that are marked. Those that were not done stay marked, and a summary says why. */
async function many(
  { verb, targets }: Extract<ConfirmAct, { kind: 'bulk' }>,
  { effects, store }: ActDeps,
): Promise<Said | null> {
  effects.toast('info', { key: 'bulk_working', params: { count: targets.length } });
  const { done, failed } = await effects.actOnMany(verb, targets);
  const names = new Set(failed.map(({ name }) => name));
  store.setState(setMarks('users', new Map(targets.filter(([, name]) => names.has(name)))));
  const title: Said = { key: `bulk_${verb}_done`, params: { count: done } };
  if (failed.length === 0) return title;
  const result: Said = { key: 'bulk_result', params: { done, failed: failed.length } };
  // In the place of what was said when it began.
  effects.toast('info', result);
  store.setState(openOverlay({ name: 'result', title: result, failed }));
  return null;
}
