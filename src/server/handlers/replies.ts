/** What several handlers need to say or do in the same way. */
import {
  isFailure,
  type Account,
  type ActionName,
  type Device,
  type Failure,
  type ResultOf,
  type Session,
} from '../../protocol/index.js';
import { tokenHash } from '../crypto/index.js';
import { sessionEnds } from '../domain/index.js';
import type { NewSession } from '../store/index.js';
import type { Context, Services } from './handler.js';

/** A session about to begin, with the one copy of its token. */
export type FreshSession = { readonly row: NewSession; readonly token: string };

export function freshSession(services: Services, keyId: string, at: number): FreshSession {
  const token = services.random.token('pcs');
  return {
    token,
    row: {
      session_id: services.random.id('s'),
      token_hash: tokenHash(token),
      key_id: keyId,
      ...sessionEnds(services.settings.session_life, at),
    },
  };
}

/** Signs the connection in and gives what `register`, `authenticate` and `redeem_code` answer. */
export function signedIn(
  context: Context<'register' | 'authenticate' | 'redeem_code'>,
  account: Account,
  fresh: FreshSession,
  device: Device,
): ResultOf<'authenticate'> {
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
  return { account, session, session_token: fresh.token };
}

/** Tells other connections of an account that it was changed; passes a failure through. */
export function announceAccount<A extends ActionName, F extends Failure>(
  context: Context<A>,
  changed: Account | F,
): Account | F {
  // A failure has nothing to announce. The two are told apart by the failure's code.
  if (!isFailure<Account | Failure>(changed)) {
    context.live.notifyAccount(changed.account_id, 'account_changed', { account: changed }, context.peer);
  }
  return changed;
}

/** Ends sessions on all their connections; the asking connection gets its reply first. */
export function endSessions<A extends ActionName>(
  context: Context<A>,
  ids: readonly string[],
  reason: Parameters<Context<A>['live']['endSessions']>[1],
): void {
  context.live.endSessions(ids, reason, context.peer);
  const own = context.who.session_id;
  if (own !== null && ids.includes(own)) context.peer.endAfterReply({ session_id: own, reason });
}
