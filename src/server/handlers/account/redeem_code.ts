import { fail, isFailure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { accountSubject, checkNewPassword } from '../../domain/index.js';
import type { Handler } from '../handler.js';
import { freshSession, roomForSession, signedIn } from '../replies.js';

export const redeem_code: Handler<'redeem_code'> = async (context, params) => {
  const { store, write, hasher, settings, peer, at, who } = context;
  const { account_name, code, new_password, device = {} } = params;
  const code_hash = tokenHash(code);
  // The code first, and without it no look at the account at all: the policy's answer would tell strangers its names and
  // address, and the time of a hash that it exists. The operation decides again.
  const holder = await store.read.accounts.codeHolder(code_hash, at);
  if (holder === null) return fail('code_invalid');
  const credential = await store.read.accounts.credentialByName(account_name);
  if (credential?.account_id !== holder) return fail('code_invalid');
  const account = await store.read.accounts.byId(holder);
  const rejected = checkNewPassword(new_password, {
    length_min: settings.password_length_min,
    context: {
      words: [
        credential.account_name,
        credential.email,
        account?.first_name,
        account?.last_name,
        settings.server_name,
      ],
    },
    path: 'new_password',
  });
  if (rejected !== null) return rejected;
  const full = account === null ? null : await roomForSession(context, account);
  if (full !== null) return full;
  const password_hash = await hasher.hash(new_password, {
    address: peer.address,
    account: accountSubject(credential.account_id),
    known_device: false,
  });
  if (isFailure(password_hash)) return password_hash;
  const fresh = freshSession(context, peer.key_id, at);
  const redeemed = await write('redeem_code', {
    who,
    account_id: credential.account_id,
    code_hash,
    password_hash,
    session: fresh.row,
    device,
  });
  return isFailure(redeemed) ? redeemed : signedIn(context, redeemed, fresh, device);
};
