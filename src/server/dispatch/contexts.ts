/** What handlers are given. */
import type { ActionName } from '../../protocol/index.js';
import type { AfterReply, Context, Peer, Principal, Services } from '../handlers/index.js';
import type { Who } from '../store/index.js';

/** The part of a call that its handler may see. */
type Asked = {
  readonly peer: Peer;
  readonly principal: Principal | null;
  /** Unix milliseconds. */
  readonly at: number;
  after: AfterReply | null;
};

export type Contexts = (call: Asked) => Context<ActionName>;

/**
 * Makes contexts that stand in front of the services: what all calls share is inherited and not copied, because copying
 * a dozen properties costs more than most of what handlers do.
 */
export function contextsOver(services: Services): Contexts {
  class CallContext {
    // Declared and not defined: defining fields in front of this prototype takes V8's slow way, three times a request.
    declare readonly call: Asked;
    declare readonly peer: Peer;
    declare readonly principal: Principal | null;
    declare readonly at: number;

    constructor(call: Asked) {
      this.call = call;
      this.peer = call.peer;
      this.principal = call.principal;
      this.at = call.at;
    }

    get who(): Who {
      const { at, principal, peer } = this;
      return {
        at,
        actor_id: principal?.account_id ?? null,
        session_id: principal?.session.session_id ?? null,
        address: peer.address,
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
