/** What handlers are given. */
import { isFailure, type ActionName } from '../../protocol/index.js';
import type { AfterReply, Context, Peer, Principal, Services } from '../handlers/index.js';
import type { Actor, Announcement, Asker, KnownDevice, OperationName, Who } from '../store/index.js';
import type { ActionRow } from './rows.js';

/** The part of a call that its handler may see. */
type Asked = {
  readonly peer: Peer;
  readonly principal: Principal | null;
  readonly known_device: KnownDevice | null;
  /** Unix milliseconds. */
  readonly at: number;
  readonly row: ActionRow | null;
  after: AfterReply | null;
  concerns: string | null;
  has_written: boolean;
};

/** Returns who asks, with what the action asks of them: for what the operations let them do and for their audit rows. */
export function whoAsks({ at, peer, row }: Asked, principal: Principal | null): Who {
  const { secret_id } = peer;
  const actor: Actor =
    principal === null
      ? { kind: 'program', key_id: peer.key_id, secret_id }
      : {
          kind: 'session',
          account_id: principal.account_id,
          session_id: principal.session.session_id,
          secret_id,
          permission: row?.permission ?? null,
        };
  return { at, actor, address: peer.address };
}

/** What is written beside what was asked for: nobody who hears that it was not done is told anything wrong. */
const BESIDES: ReadonlySet<OperationName> = new Set([
  'touch_session',
  'record_sign_in_refused',
  'record_repeated_refusals',
  'record_password_confirmed',
]);

export type Contexts = (call: Asked) => Context<ActionName>;

/**
 * Returns a function that makes contexts. They stand in front of the services: what all calls share is inherited and not
 * copied, because copying a dozen properties costs more than most of what handlers do.
 */
export function contextsOver(services: Services): Contexts {
  const { store, clock } = services;
  class CallContext implements Asker {
    // Declared and not defined: defining fields in front of this prototype takes V8's slow way, three times a request.
    declare readonly call: Asked;
    declare readonly peer: Peer;
    declare readonly principal: Principal | null;
    declare readonly known_device: KnownDevice | null;
    declare readonly at: number;

    constructor(call: Asked) {
      this.call = call;
      this.peer = call.peer;
      this.principal = call.principal;
      this.known_device = call.known_device;
      this.at = call.at;
    }

    get who(): Who {
      return whoAsks(this.call, this.principal);
    }

    get write(): Context<ActionName>['write'] {
      return (operation, args) => {
        args.who.written_at = clock.now();
        return store.run(operation, args, this).then((result) => {
          if (!isFailure(result) && !BESIDES.has(operation)) this.call.has_written = true;
          return result;
        });
      };
    }

    putOff(announcement: Announcement): void {
      if (announcement.kind === 'sessions_ended') {
        const [session_id = ''] = announcement.session_ids;
        this.call.after = { then: 'end_session', session_id, reason: announcement.reason };
      } else if (announcement.kind === 'client_key_ended') {
        const { key_id, reason } = announcement;
        this.call.after = { then: 'end_client_key', key_id, reason };
      }
    }

    get concerns(): Context<ActionName>['concerns'] {
      const { call } = this;
      return (account_id) => {
        call.concerns = account_id;
      };
    }

    get afterReply(): (what: AfterReply) => void {
      const { call } = this;
      return (what) => {
        call.after = what;
      };
    }
  }
  Object.setPrototypeOf(CallContext.prototype, services);
  // All that is missing in the class is inherited from the services.
  return (call) => new CallContext(call) as CallContext & Services as Context<ActionName>;
}
