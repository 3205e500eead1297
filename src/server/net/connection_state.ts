/**
 * The life of a connection as one field with named states and one transition function. What isn't listed here can't
 * happen; a transition that is asked for and isn't in the table is a fault of ours.
 */

export type ConnectionState =
  /** The challenge is out; the client's `hello` is awaited. */
  | 'challenged'
  /** `hello` was taken; `proof` is awaited. */
  | 'greeted'
  /** `proof` was taken; the client's key is being looked up. */
  | 'proving'
  /** Both ends have proved their key; nobody is signed in. */
  | 'ready'
  | 'signed_in'
  /** The last frame is on its way out; whatever arrives is thrown away. */
  | 'closing'
  | 'closed';

export type ConnectionChange = 'hello' | 'proof' | 'accept' | 'sign_in' | 'sign_out' | 'close' | 'gone';

const TRANSITIONS: Readonly<Record<ConnectionState, Partial<Record<ConnectionChange, ConnectionState>>>> = {
  challenged: { hello: 'greeted', close: 'closing', gone: 'closed' },
  greeted: { proof: 'proving', close: 'closing', gone: 'closed' },
  proving: { accept: 'ready', close: 'closing', gone: 'closed' },
  ready: { sign_in: 'signed_in', close: 'closing', gone: 'closed' },
  signed_in: { sign_out: 'ready', close: 'closing', gone: 'closed' },
  closing: { gone: 'closed' },
  closed: {},
};

/** Returns the state after a change, or null when the change isn't possible in this state. */
export function transition(state: ConnectionState, change: ConnectionChange): ConnectionState | null {
  return TRANSITIONS[state][change] ?? null;
}
