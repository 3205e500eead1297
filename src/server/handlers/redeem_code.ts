import { fail, isFailure } from '../../protocol/index.js';
import { tokenHash } from '../crypto/index.js';
import { canonicalSignInName, checkNewPassword } from '../domain/index.js';
import type { Handler } from './handler.js';
import { endSessions, freshSession, signedIn } from './replies.js';

export const redeem_code: Handler<'redeem_code'> = async (context, params) => {
  const { store, hasher, settings, peer, at, who } = context;
  const { account_name, code, new_password, device = {} } = params;
  const credential = await store.read.credentialByName(canonicalSignInName(account_name));
  const rejected = checkNewPassword(new_password, {
    length_min: settings.password_length_min,
    context: { words: [account_name, credential?.account_name, credential?.email, settings.server_name] },
    path: 'new_password',
  });
  if (rejected !== null) return rejected;
  if (credential === null) return fail('code_invalid');
  const password_hash = await hasher.hash(new_password);
  if (isFailure(password_hash)) return password_hash;
  const fresh = freshSession(context, peer.key_id, at);
  const redeemed = await store.run('redeem_code', {
    who,
    account_id: credential.account_id,
    code_hash: tokenHash(code),
    password_hash,
    session: fresh.row,
    device,
  });
  if (isFailure(redeemed)) return redeemed;
  endSessions(context, redeemed.ended_session_ids, 'password_changed');
  return signedIn(context, redeemed.account, fresh, device);
};
