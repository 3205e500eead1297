import { fail, isFailure, type ParsedParamsOf } from '../../../protocol/index.js';
import {
  addressKey,
  canonicalSignInName,
  checkNewPassword,
  deviceSubject,
  newAccountName,
} from '../../domain/index.js';
import type { Credential } from '../../store/index.js';
import type { Answer, Context, Guess, Handler } from '../handler.js';
import { freshSession, recordRefused, roomForSession, signedIn } from '../replies.js';

type Params = ParsedParamsOf<'authenticate'>;
type Asking = Context<'authenticate'>;

export const authenticate: Handler<'authenticate'> = async (context, params) => {
  const { store, settings, guesses, peer, known_device } = context;
  const name = canonicalSignInName(params.user.account_name);
  const credential = await store.read.accounts.credentialByName(params.user.account_name);
  context.concerns(credential?.account_id ?? null);
  if (credential === null && settings.auto_register && !name.includes('@'))
    return registerInstead(context, params);
  const guess =
    known_device === null
      ? await guesses.begin(guesses.subjectOf(credential?.account_id ?? null, name), peer.address)
      : await guesses.beginOwn(deviceSubject(known_device.device_id));
  if (isFailure(guess)) return guess;
  try {
    return await check(context, params, name, credential, guess);
  } finally {
    guess.end();
  }
};

async function check(
  context: Asking,
  { user, device_token, device = {} }: Params,
  name: string,
  credential: Credential | null,
  guess: Guess,
): Promise<Answer<'authenticate'>> {
  const { store, write, hasher, guesses, peer, at, who, known_device } = context;
  const stored = credential?.password_hash ?? null;
  const account_key = guesses.subjectOf(credential?.account_id ?? null, name);
  const whose = { address: peer.address, account: account_key, known_device: known_device !== null };
  const verdict = await hasher.verify(user.password, stored, whose);
  if (isFailure(verdict)) return verdict;
  if (credential === null || stored === null || !verdict.ok) {
    // Unknown names are recorded with the same write, so that both cases take the same time.
    await recordRefused(context, {
      account_id: credential?.account_id ?? null,
      method: 'password',
      failure: credential?.status === 'pending' ? 'pending' : 'wrong_password',
      device,
      place: guess.place,
    });
    return fail('invalid_credentials');
  }
  const { account_id } = credential;
  await guess.succeeded();
  if (credential.status === 'suspended') {
    await recordRefused(context, {
      account_id,
      method: 'password',
      failure: 'suspended',
      device,
      place: guess.place,
    });
    return fail('account_suspended');
  }
  const account = await store.read.accounts.byId(account_id);
  const full = account === null ? null : await roomForSession(context, account);
  if (full !== null) return full;
  const better_hash = verdict.outdated ? await hasher.hash(user.password, whose) : null;
  const fresh = freshSession(context, peer.key_id, at, known_device);
  const begun = await write('begin_session', {
    who,
    account_id,
    verified_hash: stored,
    // When the hasher is too busy for it, the next sign-in will do.
    better_hash: isFailure(better_hash) ? null : better_hash,
    session: fresh.row,
    device,
    place: guess.place,
  });
  if (isFailure(begun)) return begun;
  // The device goes on under the token that it has shown.
  const goesOn = begun.device_id === known_device?.device_id;
  return signedIn(context, begun.account, fresh, device, goesOn ? device_token : fresh.device_token);
}

/** As the JIM messenger does it: whoever comes with an unknown name is registered under it. */
async function registerInstead(
  context: Asking,
  { user, device = {} }: Params,
): Promise<Answer<'authenticate'>> {
  const { write, hasher, random, settings, throttle, guesses, peer, at, who } = context;
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
  const account_id = random.id('a');
  const full = await roomForSession(context, { account_id, roles: [] });
  if (full !== null) return full;
  const account = guesses.subjectOf(null, account_name);
  const whose = { address: peer.address, account, known_device: false };
  const password_hash = await hasher.hash(user.password, whose);
  if (isFailure(password_hash)) return password_hash;
  const fresh = freshSession(context, peer.key_id, at);
  const registered = await write('register_account', {
    who,
    account: { account_id, account_name },
    password_hash,
    setup_code_hash: null,
    session: fresh.row,
    device,
  });
  if (!isFailure(registered)) return { ...signedIn(context, registered, fresh, device), created: true };
  // Without an e-mail address and a setup code, only the name can be in the way: someone was faster, or it looks alike.
  return fail('account_name_taken');
}
