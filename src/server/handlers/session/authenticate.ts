import { fail, isFailure, type ParsedParamsOf } from '../../../protocol/index.js';
import { addressKey, canonicalSignInName, checkNewPassword, newAccountName } from '../../domain/index.js';
import type { Credential } from '../../store/index.js';
import type { Answer, Context, Guess, Handler } from '../handler.js';
import { freshSession, signedIn } from '../replies.js';

type Params = ParsedParamsOf<'authenticate'>;
type Asking = Context<'authenticate'>;

export const authenticate: Handler<'authenticate'> = async (context, params) => {
  const { store, settings, guesses, peer } = context;
  const name = canonicalSignInName(params.user.account_name);
  const credential = await store.read.accounts.credentialByName(name);
  if (credential === null && settings.auto_register && !name.includes('@'))
    return registerInstead(context, params);
  const subject = guesses.subjectOf(credential?.account_id ?? null, name);
  const guess = await guesses.begin(subject, peer.address);
  if (isFailure(guess)) return guess;
  try {
    return await check(context, params, credential, subject, guess);
  } finally {
    guess.end();
  }
};

async function check(
  context: Asking,
  { user, device = {} }: Params,
  credential: Credential | null,
  subject: string,
  guess: Guess,
): Promise<Answer<'authenticate'>> {
  const { write, hasher, peer, at, who } = context;
  const stored = credential?.password_hash ?? null;
  const verdict = await hasher.verify(user.password, stored);
  if (isFailure(verdict)) return verdict;
  if (credential === null || stored === null || !verdict.ok) {
    // Unknown names are recorded with the same write, so that both cases take the same time.
    await write('record_sign_in_refused', {
      who,
      account_id: credential?.account_id ?? null,
      method: 'password',
      failure: credential?.status === 'pending' ? 'pending' : 'wrong_password',
      device,
      subject,
    });
    return fail('invalid_credentials');
  }
  const { account_id } = credential;
  await guess.succeeded();
  if (credential.status === 'suspended') {
    await write('record_sign_in_refused', {
      who,
      account_id,
      method: 'password',
      failure: 'suspended',
      device,
      subject: null,
    });
    return fail('account_suspended');
  }
  const better_hash = verdict.outdated ? await hasher.hash(user.password) : null;
  const fresh = freshSession(context, peer.key_id, at);
  const begun = await write('begin_session', {
    who,
    account_id,
    verified_hash: stored,
    // When the hasher is too busy for it, the next sign-in will do.
    better_hash: isFailure(better_hash) ? null : better_hash,
    session: fresh.row,
    device,
    subject,
  });
  if (isFailure(begun)) return begun;
  return signedIn(context, begun, fresh, device);
}

/** As the JIM messenger does it: whoever comes with an unknown name is registered under it. */
async function registerInstead(
  context: Asking,
  { user, device = {} }: Params,
): Promise<Answer<'authenticate'>> {
  const { write, hasher, random, settings, throttle, peer, at, who } = context;
  const account_name = newAccountName(user.account_name);
  if (isFailure(account_name)) return account_name;
  const rejected = checkNewPassword(user.password, {
    length_min: settings.password_length_min,
    context: { words: [account_name, settings.server_name] },
    path: 'user.password',
  });
  if (rejected !== null) return rejected;
  // A sign-in that succeeds costs its address nothing. This one makes an account, so it counts like `register`.
  const draw = await throttle.draw('create', addressKey(peer.address));
  if (isFailure(draw)) return draw;
  // Nothing of it comes back, whatever becomes of the account.
  draw.end();
  const password_hash = await hasher.hash(user.password);
  if (isFailure(password_hash)) return password_hash;
  const fresh = freshSession(context, peer.key_id, at);
  const account = await write('register_account', {
    who,
    account: { account_id: random.id('a'), account_name },
    password_hash,
    setup_code_hash: null,
    session: fresh.row,
    device,
  });
  if (!isFailure(account)) return { ...signedIn(context, account, fresh, device), created: true };
  // Without an e-mail address and a setup code, only the name can be in the way: someone was faster, or it looks alike.
  return fail('account_name_taken');
}
