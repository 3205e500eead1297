/**
 * The client's side of the handshake: two pure steps over frame bodies. Proves both ends to each other before anything
 * else is said; until `welcomeFailure` gave null, nothing that arrived may be believed. See protocol/handshake.ts.
 */
import {
  CHANNEL_BINDINGS,
  ERRORS,
  PROTOCOL,
  SUITES,
  challengeSchema,
  clientMac,
  macEquals,
  parseGuarded,
  parseServerMessage,
  serverMac,
  welcomeSchema,
  wireTime,
  type ChannelBinding,
  type Hello,
  type JsonObject,
} from '../protocol/index.js';
import type { ClientKey } from './connection_string.js';
import type { ConnectFailure } from './errors.js';

const SUITE = SUITES[0];

/** What the client brings to a handshake. `nonce` is 32 fresh random bytes. */
export type HandshakeInput = {
  readonly key: ClientKey;
  readonly binding: ChannelBinding;
  readonly nonce: Buffer;
  readonly now_ms: number;
};

/** The two bodies to send, and what the welcome has to prove. `server_name` is not yet verified. */
export type HandshakeAnswer = {
  readonly hello: string;
  readonly proof: string;
  readonly server_name: string;
  readonly expected_mac: Buffer;
};

const notPortcullis = (message: string): { failure: ConnectFailure } => ({
  failure: { code: 'not_portcullis', message },
});

/** Returns the failure that a server's error reply is; null when the object is no error reply. The text is always our own. */
function refusal(object: JsonObject): ConnectFailure | null {
  const message = parseServerMessage(object);
  if (message?.kind !== 'failure') return null;
  if (message.code === 'hmac_error') {
    return {
      code: 'hmac_error',
      message: 'hmac error: the server does not accept this client key.',
      error_code: 'hmac_error',
    };
  }
  return { code: 'refused', message: ERRORS[message.code].error, error_code: message.code };
}

/** Returns why a well-formed object is no challenge that this client can answer. */
function challengeFault(object: JsonObject): string {
  if (object['action'] !== 'challenge') return 'What answers there is not a Portcullis server.';
  if (object['protocol'] !== PROTOCOL) return `The server does not speak ${PROTOCOL}.`;
  const binding: unknown = object['channel_binding'];
  if (!CHANNEL_BINDINGS.some((known) => known === binding)) {
    return 'The server asks for a channel binding that this client does not know.';
  }
  return 'The challenge of the server is malformed.';
}

/** Returns the answer to a challenge frame, given as its raw body, or the failure that ends the connection. Never throws. */
export function answerChallenge(
  body: Buffer,
  input: HandshakeInput,
): HandshakeAnswer | { readonly failure: ConnectFailure } {
  const parsed = parseGuarded(body);
  if ('fault' in parsed) return notPortcullis('What answers there is not a Portcullis server.');
  const refused = refusal(parsed.value);
  if (refused !== null) return { failure: refused };
  const challenge = challengeSchema.safeParse(parsed.value);
  if (!challenge.success) return notPortcullis(challengeFault(parsed.value));
  const { channel_binding, suites, server_name } = challenge.data;
  if (channel_binding !== input.binding.type) {
    return notPortcullis(
      'The server sees another kind of channel than this client: something is in between.',
    );
  }
  if (!suites.includes(SUITE)) return notPortcullis('The server offers no MAC suite that this client knows.');

  const hello = JSON.stringify({
    action: 'hello',
    time: wireTime(input.now_ms),
    key_id: input.key.key_id,
    nonce: input.nonce.toString('base64url'),
    suite: SUITE,
    channel_binding,
  } satisfies Hello);
  const frames = { challenge: body, hello: Buffer.from(hello) };
  const mac = clientMac(input.key.key, input.binding, frames).toString('base64url');
  const proof = JSON.stringify({ action: 'proof', time: wireTime(input.now_ms), mac });
  const expected_mac = serverMac(input.key.key, input.binding, frames, Buffer.from(proof));
  return { hello, proof, server_name, expected_mac };
}

/** Returns null when the frame proves that the server holds the client key too; else the failure. Never throws. */
export function welcomeFailure(body: Buffer, expected_mac: Buffer): ConnectFailure | null {
  const parsed = parseGuarded(body);
  if ('fault' in parsed) return notPortcullis('What answers there is not a Portcullis server.').failure;
  const refused = refusal(parsed.value);
  if (refused !== null) return refused;
  const welcome = welcomeSchema.safeParse(parsed.value);
  if (!welcome.success) return notPortcullis('The welcome of the server is malformed.').failure;
  if (macEquals(welcome.data.mac, expected_mac)) return null;
  return {
    code: 'server_not_genuine',
    message: 'The server could not prove that it knows the client key. Nothing was sent to it.',
  };
}
