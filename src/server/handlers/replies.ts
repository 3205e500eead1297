/** What several handlers need to say or do in the same way. */
import {
  fail,
  isFailure,
  type Account,
  type ActionNameRefusedWith,
  type ActionNameWith,
  type ClientKeyRecord,
  type Device,
  type Failure,
  type ResultOf,
  type Session,
} from '../../protocol/index.js';
import { tokenHash } from '../crypto/index.js';
import { sessionEnds } from '../domain/index.js';
import type { Credential, NewSession } from '../store/index.js';
import type { Context, Services } from './handler.js';

/** A session about to begin, with the one copy of its token. */
export type FreshSession = {
  readonly row: NewSession;
  readonly token: string;
  readonly refresh_token: string;
};

export function freshSession(
  services: Pick<Services, 'random' | 'settings'>,
  keyId: string,
  at: number,
): FreshSession {
  const token = services.random.token('pcs');
  const refresh_token = services.random.token('pcr');
  return {
    token,
    refresh_token,
    row: {
      session_id: services.random.id('s'),
      token_hash: tokenHash(token),
      refresh_hash: tokenHash(refresh_token),
      sessions_max: services.settings.sessions_max,
      key_id: keyId,
      ...sessionEnds(services.settings.session_life, at),
    },
  };
}

/** Signs the connection in and returns what every action answers with which a session begins. */
export function signedIn(
  context: Context<ActionNameWith<{ identity: 'begins' }>>,
  account: Account,
  fresh: FreshSession,
  device: Device,
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
    created_at: at,
    last_active_at: at,
    expires_at: Math.min(fresh.row.expires_at, fresh.row.idle_expires_at),
  };
  return {
    account,
    session,
    session_token: fresh.token,
    refresh_token: fresh.refresh_token,
    ...accessToken(context, account, session.session_id, fresh.row.expires_at),
  };
}

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

/** Returns what the client of a session has said about itself. */
function saidBy({ client_name, client_version, os, host_name }: Session): Device {
  return {
    ...(client_name === null ? {} : { client_name }),
    ...(client_version === null ? {} : { client_version }),
    ...(os === null ? {} : { os }),
    ...(host_name === null ? {} : { host_name }),
  };
}

/** A credential whose password was just proved. */
export type VerifiedCredential = Credential & { readonly password_hash: string };

/**
 * Checks the password of whoever is signed in, then goes on with `next`. Counts against the same wrong guesses as
 * signing in does: a stolen session is no way around the wait.
 */
export async function withOwnPassword<T>(
  context: Context<ActionNameRefusedWith<'current_password_wrong'>>,
  password: string,
  next: (verified: VerifiedCredential, subject: string) => Promise<T>,
): Promise<T | Failure<'throttled' | 'busy' | 'session_invalid' | 'current_password_wrong'>> {
  const { store, write, hasher, guesses, principal, peer, who } = context;
  const { account_id } = principal;
  const subject = guesses.subjectOf(account_id, '');
  const guess = await guesses.begin(subject, peer.address);
  if (isFailure(guess)) return guess;
  try {
    const credential = await store.read.accounts.credentialById(account_id);
    const password_hash = credential?.password_hash ?? null;
    if (credential === null || password_hash === null) return fail('session_invalid');
    const verdict = await hasher.verify(password, password_hash);
    if (isFailure(verdict)) return verdict;
    if (!verdict.ok) {
      await write('record_sign_in_refused', {
        who,
        account_id,
        method: 'confirmation',
        failure: 'wrong_password',
        device: saidBy(principal.session),
        subject,
      });
      return fail('current_password_wrong');
    }
    await guess.succeeded();
    return await next({ ...credential, password_hash }, subject);
  } finally {
    guess.end();
  }
}
