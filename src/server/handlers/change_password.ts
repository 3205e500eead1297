import { fail, isFailure } from '../../protocol/index.js';
import { checkNewPassword } from '../domain/index.js';
import type { Handler } from './handler.js';
import { endSessions } from './replies.js';

export const change_password: Handler<'change_password'> = async (
  context,
  { current_password, new_password },
) => {
  const { store, hasher, settings, principal, who } = context;
  const credential = await store.read.credentialById(principal.account_id);
  if (credential === null || credential.password_hash === null) return fail('session_invalid');
  const verdict = await hasher.verify(current_password, credential.password_hash);
  if (isFailure(verdict)) return verdict;
  if (!verdict.ok) return fail('current_password_wrong');
  const rejected = checkNewPassword(new_password, {
    length_min: settings.password_length_min,
    context: { words: [credential.account_name, credential.email, current_password, settings.server_name] },
    path: 'new_password',
  });
  if (rejected !== null) return rejected;
  const new_hash = await hasher.hash(new_password);
  if (isFailure(new_hash)) return new_hash;
  const ended = await store.run('change_password', {
    who,
    account_id: principal.account_id,
    verified_hash: credential.password_hash,
    new_hash,
    keep_session_id: principal.session.session_id,
  });
  if (isFailure(ended)) return ended;
  endSessions(context, ended, 'password_changed');
  return { ended_sessions: ended.length };
};
