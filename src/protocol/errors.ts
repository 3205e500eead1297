/**
 * The closed list of error codes: a stable snake_case name, JIM's three-digit response, and the sentence that a peer
 * gets. Listed in order of precedence: when a request has several faults, the first of them in this list is told.
 */

export type ErrorSpec = {
  /** JIM's three-digit response. */
  readonly response: number;
  /** What happened, as a sentence for the person at the other end. Never holds anything the peer sent. */
  readonly error: string;
  /** True when the server closes the connection after saying so. */
  readonly closes: boolean;
  /** What the receiver can do about it; for the documents. */
  readonly remedy: string;
};

const spec = (response: number, error: string, remedy: string, closes = false): ErrorSpec => ({
  response,
  error,
  closes,
  remedy,
});

export const ERRORS = {
  // -- the connection -------------------------------------------------------------------------------------------
  too_many_connections: spec(
    503,
    'Too many connections. Try again in a moment.',
    'Close other connections from this address, or wait, then connect again.',
    true,
  ),
  shutting_down: spec(
    503,
    'The server is stopping.',
    'Connect again with a growing pause between tries.',
    true,
  ),
  frame_empty: spec(400, 'A frame can not be empty.', 'Send a length of at least 2.', true),
  frame_too_large: spec(
    413,
    'The frame is larger than allowed here.',
    'Keep to the limit: it is lower before sign-in than after it.',
    true,
  ),
  deadline_exceeded: spec(
    408,
    'Nothing complete arrived in time.',
    'Connect again and send without long pauses.',
    true,
  ),
  invalid_json: spec(
    400,
    'The frame is not acceptable JSON.',
    'Send one JSON object in UTF-8 that keeps to the JSON rules of this protocol.',
  ),
  invalid_envelope: spec(
    400,
    'The message has no usable action, id or time.',
    'Send `action` as a string; `id` as a string of 1 to 64 characters; `time` as a number.',
  ),
  too_many_bad_frames: spec(400, 'Too many unusable frames.', 'Repair the client, then connect again.', true),
  // -- the handshake --------------------------------------------------------------------------------------------
  handshake_required: spec(
    401,
    'The handshake comes first.',
    'Answer the challenge with `hello` and `proof` before anything else.',
    true,
  ),
  hmac_error: spec(
    401,
    'hmac error',
    'Use a client key that this server knows, on the channel it was meant for.',
    true,
  ),
  // -- the request ----------------------------------------------------------------------------------------------
  unknown_action: spec(400, 'There is no such action.', 'See the list of actions.'),
  unauthenticated: spec(
    401,
    'Sign in first.',
    'Call `authenticate`, `register` or `resume` on this connection.',
  ),
  session_invalid: spec(
    401,
    'This session has ended. Sign in again.',
    'Forget the stored token and sign in with name and password.',
  ),
  forbidden: spec(403, 'You may not do that.', 'Ask an administrator for a role that holds the permission.'),
  invalid_params: spec(
    400,
    'The parameters are not right.',
    'See `details`: each entry names a parameter and what is wrong with it.',
  ),
  already_authenticated: spec(
    409,
    'This connection is signed in already.',
    'Go on with this session, or open another connection.',
  ),
  throttled: spec(429, 'Too many tries. Wait a little.', 'Wait `retry_after_ms` before the next try.'),
  busy: spec(
    503,
    'The server is busy. Try again in a moment.',
    'Send the same request again after a short pause.',
  ),
  // -- what an action found ------------------------------------------------------------------------------------
  invalid_credentials: spec(
    402,
    'Wrong account name or password.',
    'Check both; the answer never says which it was.',
  ),
  account_suspended: spec(403, 'This account is suspended.', 'Ask an administrator to resume it.'),
  registration_closed: spec(
    403,
    'Registration is closed on this server.',
    'Ask an administrator for an account.',
  ),
  setup_code_invalid: spec(
    403,
    'The setup code is not valid.',
    'Take the newest code from the server console or the data folder; it lives 30 minutes.',
  ),
  code_invalid: spec(403, 'This code is not valid.', 'Ask an administrator for a new one.'),
  current_password_wrong: spec(
    402,
    'The current password is wrong.',
    'Type the password that you sign in with now.',
  ),
  not_found: spec(404, 'There is no such entry.', 'Refresh the list; it may have been removed.'),
  stale_version: spec(
    409,
    'Someone else changed this account meanwhile.',
    'Read it again, look at the difference, and send the change with the new version.',
  ),
  wrong_status: spec(
    409,
    'The account is not in a state that allows this.',
    'Read the account again and look at its status.',
  ),
  limit_reached: spec(
    409,
    'There are as many of these as this server allows.',
    'Remove one that is no longer needed, then try again.',
  ),
  last_administrator: spec(
    409,
    'The last administrator has to stay.',
    'Make another account administrator first.',
  ),
  account_name_invalid: spec(
    400,
    'This account name can not be used.',
    'See `details` for the reason: letters and digits of one script, with . _ - inside.',
  ),
  account_name_taken: spec(
    409,
    'This account name is taken.',
    'Choose another name; look-alikes count as the same.',
  ),
  email_taken: spec(409, 'This e-mail address belongs to another account.', 'Use another address.'),
  password_rejected: spec(400, 'This password can not be used.', 'See `details` for the reason.'),
  // -- the server -----------------------------------------------------------------------------------------------
  storage_unavailable: spec(
    503,
    'The server can not write at the moment.',
    'Reading goes on. Try again later; tell whoever runs the server that its disk may be full.',
  ),
  internal: spec(
    500,
    'Something went wrong in the server.',
    'Try again; tell whoever runs the server the time of it.',
  ),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** True for a code of the closed list. */
export function isErrorCode(value: unknown): value is ErrorCode {
  return typeof value === 'string' && Object.hasOwn(ERRORS, value);
}

/** One fault of one parameter: where it is and what is wrong with it. Never holds the value itself. */
export type ErrorDetail = {
  /** Dotted path from the envelope, for example `user.account_name`; empty for the envelope itself. */
  readonly path: string;
  /** A stable word for programs, for example `too_short` or `unknown_parameter`. */
  readonly reason: string;
  /** The same as a sentence. */
  readonly message: string;
};

/** A refusal as a value: what handlers and domain rules return instead of throwing. */
export type Failure<C extends ErrorCode = ErrorCode> = {
  readonly failed: C;
  readonly details?: readonly ErrorDetail[];
  readonly retry_after_ms?: number;
};

/** Makes a failure value of one code. */
export function fail<C extends ErrorCode>(
  code: C,
  extra: { details?: readonly ErrorDetail[]; retry_after_ms?: number } = {},
): Failure<C> {
  return { failed: code, ...extra };
}

/** Tells a failure from a result. */
export function isFailure<T>(value: T): value is Extract<T, Failure> {
  return typeof value === 'object' && value !== null && 'failed' in value && isErrorCode(value.failed);
}
