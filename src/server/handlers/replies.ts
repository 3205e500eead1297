/** What several handlers need to say or do in the same way. */
import {
  fail,
  isFailure,
  type Account,
  type ActionName,
  type ActionNameRefusedWith,
  type ActionNameWith,
  type ClientKeyRecord,
  type Device,
  type Failure,
  type ResultOf,
  type Session,
  type SignInFailure,
  type SignInMethod,
} from '../../protocol/index.js';
import { tokenHash } from '../crypto/index.js';
import { accountSubject, sessionEnds, sessionSubject, type GuessPlace } from '../domain/index.js';
import {
  signedInAs,
  OutcomeUnknownError,
  StorageUnavailableError,
  type Credential,
  type KnownDevice,
  type NewSession,
} from '../store/index.js';
import type { Context, Services } from './handler.js';

/** A session about to begin, with the one copy of its tokens, and of that of the device if that is a new one. */
export type FreshSession = {
  readonly row: NewSession;
  readonly token: string;
  readonly refresh_token: string;
  readonly device_token: string;
};

export function freshSession(
  services: Pick<Services, 'random' | 'settings'>,
  keyId: string,
  at: number,
  known_device: KnownDevice | null = null,
): FreshSession {
  const token = services.random.token('pcs');
  const refresh_token = services.random.token('pcr');
  const device_token = services.random.token('pcd');
  return {
    token,
    refresh_token,
    device_token,
    row: {
      session_id: services.random.id('s'),
      token_hash: tokenHash(token),
      refresh_hash: tokenHash(refresh_token),
      sessions_max: services.settings.sessions_max,
      key_id: keyId,
      on: {
        known_device_id: known_device?.device_id ?? null,
        device_id: services.random.id('d'),
        token_hash: tokenHash(device_token),
      },
      ...sessionEnds(services.settings.session_life, at),
    },
  };
}

/** Returns the refusal when the connection has no place for a session that is about to begin on it. */
export async function roomForSession(
  { peer, store }: Pick<Context<ActionName>, 'peer' | 'store'>,
  { account_id, roles }: Pick<Account, 'account_id' | 'roles'>,
): Promise<Failure<'too_many_connections'> | null> {
  const table = await store.roles.current();
  const privileged = table.holdingOf(roles).held.has('users.suspend');
  return peer.roomFor({ account_id, session_id: null, privileged });
}

/** Signs the connection in and returns what every action answers with which a session begins. */
export function signedIn(
  context: Context<ActionNameWith<{ identity: 'begins' }>>,
  account: Account,
  fresh: FreshSession,
  device: Device,
  device_token = fresh.device_token,
): ResultOf<'register'> {
  const { peer, at } = context;
  peer.adopt({ account_id: account.account_id, session_id: fresh.row.session_id });
  const session: Session = {
    session_id: fresh.row.session_id,
    current: true,
    client_name: device.client_name ?? null,
    client_version: device.client_version ?? null,
    os: device.os ?? null,
    host_name: device.host_name ?? null,
    address: peer.address,
    last_address: peer.address,
    created_at: at,
    last_active_at: at,
    expires_at: Math.min(fresh.row.expires_at, fresh.row.idle_expires_at),
  };
  return {
    account,
    session,
    session_token: fresh.token,
    refresh_token: fresh.refresh_token,
    device_token,
    ...accessToken(context, account, session.session_id, fresh.row.expires_at),
  };
}

/** No access token begins so. Whether it is a session token, its digest tells. */
export const isSessionToken = (token: string): boolean => token.startsWith('pcs_');

/** Returns an access token for a session, as results carry it. `not_after`: the absolute end of the session. */
export function accessToken(
  services: Pick<Services, 'access_tokens' | 'random'> & { readonly at: number },
  account: Pick<Account, 'account_id' | 'account_name'>,
  sessionId: string,
  not_after: number,
): { access_token: string; access_token_expires_at: number } {
  const { access_tokens, random, at } = services;
  const subject = {
    sub: account.account_id,
    name: account.account_name,
    sid: sessionId,
    jti: random.id('j'),
  };
  const { token, expires_at } = access_tokens.issue(subject, at, not_after);
  return { access_token: token, access_token_expires_at: expires_at };
}

/** Returns what `create_client_key` and `rotate_client_key` answer: the only time that the key is shown. */
export function withKey(client_key: ClientKeyRecord, key: Buffer): ResultOf<'create_client_key'> {
  const text = key.toString('base64url');
  return { client_key, key: text, connection_key: `${client_key.key_id}.${text}` };
}

/**
 * Writes down that a password was refused, or was right for an account that can't sign in. A flood of the same is one row a
 * minute in the audit log; history and counter get each. `place`: where the guess is counted.
 */
export async function recordRefused(
  { write, refusals, who }: Pick<Context<'authenticate'>, 'write' | 'refusals' | 'who'>,
  refused: {
    readonly account_id: string | null;
    readonly method: SignInMethod;
    readonly failure: SignInFailure;
    readonly device: Device;
    readonly place: GuessPlace;
  },
): Promise<void> {
  const { account_id, failure, place } = refused;
  const details = { failure };
  const isRepeat = refusals.isRepeat({
    event: 'sign_in_refused',
    who,
    target_id: account_id,
    details,
    subject: place.subject,
  });
  await write('record_sign_in_refused', {
    ...refused,
    who,
    // The right password of a suspended account is no guess.
    place: failure === 'suspended' ? null : place,
    audited: !isRepeat,
  });
}

/** Returns what the client of a session has said about itself. */
function saidBy({ client_name, client_version, os, host_name }: Session): Device {
  return {
    ...(client_name === null ? {} : { client_name }),
    ...(client_version === null ? {} : { client_version }),
    ...(os === null ? {} : { os }),
    ...(host_name === null ? {} : { host_name }),
  };
}

/** Returns whether a session would show something else of its client, if this is what it says now. */
function saysOtherwise(session: Session, device: Device): boolean {
  const shown = saidBy(session);
  const names = ['client_name', 'client_version', 'os', 'host_name'] as const;
  return names.some((name) => shown[name] !== device[name]);
}

/**
 * Writes down that a session goes on from another address, or what its client says about itself now, and waits for it: who is
 * let in from elsewhere is in the history before it is told so. Where nothing is new nothing is written, and where the database
 * can't be written people go on all the same: the next note of their activity makes up for it. `budget` is asked only when
 * there is something to write.
 */
export async function goesOn(
  context: Pick<Context<'resume' | 'refresh'>, 'write' | 'who' | 'peer' | 'settings' | 'at'>,
  { account_id, session }: { readonly account_id: string; readonly session: Session },
  how: { readonly by: 'resume' | 'refresh'; readonly device: Device | undefined },
  budget: () => Promise<boolean>,
): Promise<void> {
  const { write, who, peer, settings, at } = context;
  const { device = null, by } = how;
  const { session_id, last_address = session.address } = session;
  const isNew = peer.address !== last_address || (device !== null && saysOtherwise(session, device));
  if (!isNew || !(await budget())) return;
  try {
    await write('touch_session', {
      who: signedInAs(who, account_id, session_id),
      account_id,
      session_id,
      idle_expires_at: at + settings.session_life.idle_ms,
      device,
      by,
    });
  } catch (error) {
    if (!(error instanceof StorageUnavailableError || error instanceof OutcomeUnknownError)) throw error;
  }
}

/** A credential whose password was just proved. */
export type VerifiedCredential = Credential & { readonly password_hash: string };

/**
 * Checks the password of whoever is signed in, then goes on with `next`. Wrong guesses count for the session that they come
 * from: a stolen one is no way around the wait, and what strangers guess at the door makes nobody wait who is in.
 */
export async function withOwnPassword<T>(
  context: Context<ActionNameRefusedWith<'current_password_wrong'>>,
  password: string,
  next: (verified: VerifiedCredential, place: GuessPlace) => Promise<T>,
): Promise<T | Failure<'throttled' | 'busy' | 'session_invalid' | 'current_password_wrong'>> {
  const { store, hasher, guesses, principal, peer } = context;
  const { account_id, session } = principal;
  const guess = await guesses.beginOwn(sessionSubject(session.session_id));
  if (isFailure(guess)) return guess;
  try {
    const credential = await store.read.accounts.credentialById(account_id);
    const password_hash = credential?.password_hash ?? null;
    if (credential === null || password_hash === null) return fail('session_invalid');
    const whose = { address: peer.address, account: accountSubject(account_id), known_device: false };
    const verdict = await hasher.verify(password, password_hash, whose);
    if (isFailure(verdict)) return verdict;
    if (!verdict.ok) {
      await recordRefused(context, {
        account_id,
        method: 'confirmation',
        failure: 'wrong_password',
        device: saidBy(principal.session),
        place: guess.place,
      });
      return fail('current_password_wrong');
    }
    await guess.succeeded();
    return await next({ ...credential, password_hash }, guess.place);
  } finally {
    guess.end();
  }
}
