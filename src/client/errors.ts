/** What can go wrong on this side of the wire: closed lists, and the errors that carry them. */
import type { DataIn, ErrorCode, ErrorDetail, ERRORS } from '../protocol/index.js';

/** Codes that the client itself gives to a call, each with its sentence. */
export const CLIENT_ERRORS = {
  not_connected: 'There is no connection to the server; nothing was sent.',
  connection_lost: 'The connection was lost before the answer came. The server may have done it.',
  request_timeout: 'The server did not answer in time. It may still do it.',
  aborted: 'The call was cancelled. If it was sent already, the server may still do it.',
  invalid_reply: 'The server gave an answer that this client can not read.',
} as const;

/** A code that the client itself gives to a call. Only `not_connected` promises that nothing was sent. */
export type ClientErrorCode = keyof typeof CLIENT_ERRORS;

/** What may be wrong with the other end's channel, each with its sentence. */
export const CHANNEL_ERRORS = {
  nothing_listens: 'Nothing listens at {place}.',
  no_such_host: 'The host name {host} is not known.',
  no_answer: '{place} did not answer in time.',
  no_way: '{place} can not be reached ({cause}).',
  pin_changed:
    'The pin of {place} has changed: another key answers there than the one in the connection string. ' +
    'Someone may be in between, or the server was set up anew. Nothing was sent to it; ask whoever runs it.',
  no_certificate: '{place} shows no certificate.',
  untrusted_by_system:
    'The certificate of {place} is not signed by an authority that the system of this machine trusts (NODE_EXTRA_CA_CERTS ' +
    'names more). Use the connection string that the server printed: it holds a pin.',
  untrusted_by_openssl:
    'The certificate of {place} is not signed by an authority that the OpenSSL of this machine trusts. ' +
    'Use the connection string that the server printed: it holds a pin.',
  untrusted_by_node:
    'The certificate of {place} is not signed by an authority of the list that comes with Node (NODE_EXTRA_CA_CERTS names ' +
    'more; Node 22.15 and newer use that of the system). Use the connection string that the server printed: it holds a pin.',
  untrusted_by_node_alone:
    'The certificate of {place} is not signed by an authority of the list that comes with Node, which is asked because this system ' +
    'has none of its own (NODE_EXTRA_CA_CERTS names more). Use the connection string that the server printed: it holds a pin.',
  untrusted_by_bundled:
    'The certificate of {place} is not signed by an authority of the list that comes with Node, which this Node was told to ' +
    'go by (--use-bundled-ca). Use the connection string that the server printed: it holds a pin.',
  not_valid_yet: 'The certificate of {place} is not valid before {day}. Check the clock of this machine.',
  expired: 'The certificate of {place} has expired on {day}. Whoever runs the server has to renew it.',
  chain_expired: 'The certificate of {place}, or one that it depends on, has expired.',
  chain_not_valid_yet: 'The certificate of {place}, or one that it depends on, is not valid yet.',
  other_host: 'The certificate of {place} is for another host.',
  no_tls: '{place} does not speak TLS. Use the connection string that the server printed.',
  speaks_tls: 'This server speaks TLS. Use the connection string that it printed.',
  old_tls: '{place} speaks only a TLS older than 1.3, which is not safe enough here.',
} as const;

/** A code of the closed list above, for programs that have words of their own. */
export type ChannelFault = keyof typeof CHANNEL_ERRORS;

/**
 * Why there is no connection.
 *
 * `unreachable` nothing answers at the address · `hmac_error` the server doesn't accept the client key ·
 * `server_not_genuine` the other end doesn't know the client key, or its certificate is not the pinned or a valid one ·
 * `plain_refused` plain TCP would lead to another machine, and nobody said that this is wanted ·
 * `not_portcullis` what came is not this protocol, or not TLS 1.3 where it has to be, or TLS where plain TCP was tried ·
 * `timed_out` · `lost` the connection broke or was closed without a word · `refused` the server closed it and said why.
 *
 * `message` is a sentence for a person and holds nothing the other end sent; `error_code` is the server's code when
 * `code` is `refused` or `hmac_error`.
 */
export type ConnectFailure = {
  readonly code:
    | 'unreachable'
    | 'hmac_error'
    | 'server_not_genuine'
    | 'plain_refused'
    | 'not_portcullis'
    | 'timed_out'
    | 'lost'
    | 'refused';
  readonly message: string;
  readonly error_code?: ErrorCode;
  /** What exactly is wrong with the channel, where that is known, and what the places of its sentence stand for. */
  readonly channel?: ChannelProblem;
};

export type ChannelProblem = {
  readonly fault: ChannelFault;
  readonly about: Readonly<Record<string, string>>;
};

/** Returns the failure for a channel that can't be used. */
export const channelFailure = (
  code: ConnectFailure['code'],
  fault: ChannelFault,
  about: Readonly<Record<string, string>>,
): ConnectFailure => ({
  code,
  message: CHANNEL_ERRORS[fault].replace(/\{(\w+)\}/g, (place, name: string) => about[name] ?? place),
  channel: { fault, about },
});

/**
 * Failures after which trying again can't help and could harm: the key is wrong, or something else sits at the
 * address. A person has to look at it.
 */
const FINAL: ReadonlySet<ConnectFailure['code']> = new Set([
  'hmac_error',
  'server_not_genuine',
  'plain_refused',
  'not_portcullis',
]);

/** Returns true when the client gives up after this failure instead of trying again. */
export const isFinal = (failure: ConnectFailure): boolean => FINAL.has(failure.code);

/** Says that connecting failed for good, or that the client was closed. `message` is a sentence for a person. */
export class ConnectError extends Error {
  override readonly name = 'ConnectError';
  readonly code: ConnectFailure['code'] | 'closed_by_us';
  /** What the server said before it closed, if it said anything. */
  readonly error_code: ErrorCode | null;
  readonly channel: ChannelProblem | null;

  constructor(reason: ConnectFailure | { readonly code: 'closed_by_us' }) {
    super('message' in reason ? reason.message : 'The client was closed.');
    this.code = reason.code;
    this.error_code = 'error_code' in reason ? (reason.error_code ?? null) : null;
    this.channel = 'channel' in reason ? (reason.channel ?? null) : null;
  }
}

/**
 * Says that a call was refused, by the server (one of the action's codes) or by the client (a ClientErrorCode).
 * `message` is the sentence that came with the code.
 */
export class CallError<C extends ErrorCode = ErrorCode> extends Error {
  override readonly name = 'CallError';
  readonly code: C | ClientErrorCode;
  /** Which parameter is wrong and why; empty for most codes. */
  readonly details: readonly ErrorDetail[];
  /** Milliseconds to wait before the next try; null when the server gave none. */
  readonly retry_after_ms: number | null;
  /** What the code carries; null for one that carries none. */
  readonly data: DataIn<typeof ERRORS, C> | null;

  constructor(refusal: {
    code: C | ClientErrorCode;
    error: string;
    details: readonly ErrorDetail[];
    retry_after_ms: number | null;
    data?: DataIn<typeof ERRORS, C>;
  }) {
    super(refusal.error);
    this.data = refusal.data ?? null;
    this.code = refusal.code;
    this.details = refusal.details;
    this.retry_after_ms = refusal.retry_after_ms;
  }
}

/** What can be wrong with an address, a connection string or a file of the data folder, each with its sentence. */
export const ADDRESS_ERRORS = {
  scheme: 'A connection string begins with {scheme}',
  not_host_port: 'What stands before the question mark is not host:port.',
  host_form: 'The host is not a host name or an IP address.',
  not_ipv6: 'What stands in the brackets is not an IPv6 address.',
  ipv6_without_brackets: 'An IPv6 address has to stand in brackets, as in [::1]:7777.',
  port_range: 'The port has to be a number from 1 to 65535.',
  unknown_part: 'After the question mark only key=…, pin=… and tls=ca may stand.',
  part_twice: 'The connection string names its {part} twice.',
  no_key_part: 'The connection string has no key=… in it.',
  key_without_id: 'The key has to be a key id, a dot and the key itself.',
  key_id_form:
    'The key id in the connection string has to be 1 to 64 letters, digits, underscores or hyphens.',
  key_form: 'The key in the connection string has to be 32 bytes in base64url, 43 characters.',
  key_length: 'The key has to be 32 bytes.',
  pin_form: 'The pin has to be "sha256-" and 32 bytes in base64url, 43 characters.',
  pin_without_tls: 'A pin has a meaning with TLS only.',
  tls_form: 'Of tls=… only tls=ca is known.',
  pin_and_authority: 'With a pin the connection string needs no tls=ca: leave one of them out.',
  unreadable: 'The file {path} can not be read ({cause}).',
  not_ours:
    '{path} is a link, no file, or belongs to someone else, so it is not used: run this as the owner of the data folder.',
  file_not_json: 'The key file {path} holds no JSON object.',
  file_key_id_form:
    'The key id in the key file {path} has to be 1 to 64 letters, digits, underscores or hyphens.',
  file_key_form: 'The key in the key file {path} has to be 32 bytes in base64url, 43 characters.',
} as const;

/** A code of the closed list above, for programs that have words of their own. */
export type AddressFault = keyof typeof ADDRESS_ERRORS;

/** Says in a sentence why a connection string, an address or a key file can't be used. Never holds the key. */
export class AddressError extends Error {
  override readonly name = 'AddressError';
  readonly fault: AddressFault;
  /** What the places of the sentence stand for: a path, a part of the string, a cause. */
  readonly about: Readonly<Record<string, string>>;

  constructor(fault: AddressFault, about: Readonly<Record<string, string>> = {}) {
    super(ADDRESS_ERRORS[fault].replace(/\{(\w+)\}/g, (place, name: string) => about[name] ?? place));
    this.fault = fault;
    this.about = about;
  }
}
