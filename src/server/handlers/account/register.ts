import { fail, isFailure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { checkNewPassword, newAccountName, withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';
import { freshSession, signedIn } from '../replies.js';

export const register: Handler<'register'> = async (context, { user, setup_code, device = {} }) => {
  const { store, write, hasher, random, settings, peer, at, who } = context;
  // Whoever holds the setup code is the one person that a closed server still needs.
  if (!settings.registration_open && setup_code === undefined) return fail('registration_closed');
  const { password, ...given } = user;
  const profile = withNewEmail(given, 'user.email');
  if (isFailure(profile)) return profile;
  // A code that is not valid makes no account, so it reserves no name either.
  const account_name = newAccountName(user.account_name, { first: setup_code !== undefined });
  if (isFailure(account_name)) return account_name;
  const rejected = checkNewPassword(password, {
    length_min: settings.password_length_min,
    context: {
      words: [account_name, profile.email, profile.first_name, profile.last_name, settings.server_name],
    },
    path: 'user.password',
  });
  if (rejected !== null) return rejected;
  // Looked up before the hash to save the work; the operation decides.
  if (await store.read.accounts.nameTaken(account_name)) return fail('account_name_taken');
  const password_hash = await hasher.hash(password);
  if (isFailure(password_hash)) return password_hash;
  const fresh = freshSession(context, peer.key_id, at);
  const account = await write('register_account', {
    who,
    account: { ...profile, account_id: random.id('a'), account_name },
    password_hash,
    setup_code_hash: setup_code === undefined ? null : tokenHash(setup_code),
    session: fresh.row,
    device,
  });
  return isFailure(account) ? account : signedIn(context, account, fresh, device);
};
