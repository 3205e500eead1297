import { fail, isFailure } from '../../../protocol/index.js';
import { tokenHash } from '../../crypto/index.js';
import { addressKey, checkNewPassword, newAccountName, withNewEmail } from '../../domain/index.js';
import type { Handler } from '../handler.js';
import { freshSession, roomForSession, signedIn } from '../replies.js';

export const register: Handler<'register'> = async (context, { user, setup_code, device = {} }) => {
  const { store, write, hasher, guesses, throttle, random, settings, peer, at, who } = context;
  // Whoever holds the setup code is the one person that a closed server still needs.
  if (!settings.registration_open && setup_code === undefined) return fail('registration_closed');
  const { password, ...given } = user;
  const withEmail = user.email !== undefined;
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
  const account_id = random.id('a');
  // The setup code makes an administrator; whether it is right, the operation finds out.
  const full = await roomForSession(context, {
    account_id,
    roles: setup_code === undefined ? [] : ['admin'],
  });
  if (full !== null) return full;
  // Only the answer that somebody has the address uses it up: a class that registers in one lesson is no search for
  // addresses. Before the hash, so that whoever has used it up costs nothing more.
  const draw = withEmail ? await throttle.draw('email', addressKey(peer.address)) : null;
  if (isFailure(draw)) return draw;
  let told = false;
  try {
    const password_hash = await hasher.hash(password, {
      address: peer.address,
      account: guesses.subjectOf(null, account_name),
      known_device: false,
    });
    if (isFailure(password_hash)) return password_hash;
    const fresh = freshSession(context, peer.key_id, at);
    const account = await write('register_account', {
      who,
      account: { ...profile, account_id, account_name },
      password_hash,
      setup_code_hash: setup_code === undefined ? null : tokenHash(setup_code),
      session: fresh.row,
      device,
    });
    told = isFailure(account) && account.failed === 'email_taken';
    return isFailure(account) ? account : signedIn(context, account, fresh, device);
  } finally {
    if (!told) await draw?.undo();
    draw?.end();
  }
};
