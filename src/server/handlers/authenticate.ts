import { fail, isFailure } from '../../protocol/index.js';
import { canonicalSignInName } from '../domain/index.js';
import type { Handler } from './handler.js';
import { freshSession, signedIn } from './replies.js';

export const authenticate: Handler<'authenticate'> = async (context, { user, device = {} }) => {
  const { store, hasher, peer, at, who } = context;
  const credential = await store.read.credentialByName(canonicalSignInName(user.account_name));
  const verdict = await hasher.verify(user.password, credential?.password_hash ?? null);
  if (isFailure(verdict)) return verdict;
  if (credential === null || credential.password_hash === null || !verdict.ok) {
    // Unknown names are recorded with the same write, so that both cases take the same time.
    await store.run('record_sign_in_refused', {
      who,
      account_id: credential?.account_id ?? null,
      failure: credential?.status === 'pending' ? 'pending' : 'wrong_password',
      device,
    });
    return fail('invalid_credentials');
  }
  if (credential.status === 'suspended') {
    const { account_id } = credential;
    await store.run('record_sign_in_refused', { who, account_id, failure: 'suspended', device });
    return fail('account_suspended');
  }
  const better_hash = verdict.outdated ? await hasher.hash(user.password) : null;
  const fresh = freshSession(context, peer.key_id, at);
  const account = await store.run('begin_session', {
    who,
    account_id: credential.account_id,
    verified_hash: credential.password_hash,
    // When the hasher is too busy for it, the next sign-in will do.
    better_hash: isFailure(better_hash) ? null : better_hash,
    session: fresh.row,
    device,
  });
  return isFailure(account) ? account : signedIn(context, account, fresh, device);
};
