/**
 * The closed list of error codes: a stable snake_case name, JIM's three-digit response, and the sentence that a peer
 * gets. Listed in order of precedence: when a request has several faults, the first of them in this list is told.
 */
import * as z from 'zod';

/**
 * What a refusal carries besides its code: single faults, a time to wait, or `data` of a schema of its own, from which
 * the receiver knows how to go on. Null for most codes, whose name says it all.
 */
type Carries = 'details' | 'retry_after_ms' | z.ZodObject | null;

export type ErrorSpec = {
  /** JIM's three-digit response. */
  readonly response: number;
  /** What happened, as a sentence for the person at the other end. Never holds anything the peer sent. */
  readonly error: string;
  /** True when the server closes the connection after saying so. */
  readonly closes: boolean;
  /** What the receiver can do about it; for the documents. */
  readonly remedy: string;
  readonly carries: Carries;
};

/** Codes by name. There is one such table, `ERRORS`; what is said of tables is said of any, so that a test can have its own. */
export type ErrorTable = Readonly<Record<string, ErrorSpec>>;

type Closing = { readonly closes: true };
type Carrying<C extends Carries> = { readonly carries: C };

/** Returns the entry of a code, with the literal type of what it carries. */
export function defineError(
  response: number,
  error: string,
  remedy: string,
  more?: Closing,
): ErrorSpec & Carrying<null>;
export function defineError<const C extends NonNullable<Carries>>(
  response: number,
  error: string,
  remedy: string,
  more: Partial<Closing> & Carrying<C>,
): ErrorSpec & Carrying<C>;
export function defineError(
  response: number,
  error: string,
  remedy: string,
  { closes = false, carries = null }: { closes?: boolean; carries?: Carries } = {},
): ErrorSpec {
  return { response, error, closes, remedy, carries };
}

export const ERRORS = {
  // -- the connection -------------------------------------------------------------------------------------------
  too_many_connections: defineError(
    503,
    'Too many connections. Try again in a moment.',
    'Close other connections from this address, or wait, then connect again.',
    { closes: true },
  ),
  shutting_down: defineError(
    503,
    'The server is stopping.',
    'Connect again with a growing pause between tries.',
    { closes: true },
  ),
  frame_empty: defineError(400, 'A frame can not be empty.', 'Send a length of at least 2.', {
    closes: true,
  }),
  frame_too_large: defineError(
    413,
    'The frame is larger than allowed here.',
    'Keep to the limit: it is lower before sign-in than after it.',
    { closes: true },
  ),
  deadline_exceeded: defineError(
    408,
    'Nothing complete arrived in time.',
    'Connect again and send without long pauses.',
    { closes: true },
  ),
  invalid_json: defineError(
    400,
    'The frame is not acceptable JSON.',
    'Send one JSON object in UTF-8 that keeps to the JSON rules of this protocol.',
    { carries: 'details' },
  ),
  invalid_envelope: defineError(
    400,
    'The message has no usable action, id or time.',
    'Send `action` as a string; `id` as a string of 1 to 64 characters; `time` as a number.',
  ),
  too_many_bad_frames: defineError(
    400,
    'Too many unusable frames.',
    'Repair the client, then connect again.',
    { closes: true },
  ),
  // -- the handshake --------------------------------------------------------------------------------------------
  handshake_required: defineError(
    401,
    'The handshake comes first.',
    'Answer the challenge with `hello` and `proof` before anything else.',
    { closes: true },
  ),
  hmac_error: defineError(
    401,
    'hmac error',
    'Use a client key that this server knows, on the channel it was meant for.',
    { closes: true },
  ),
  // -- the request ----------------------------------------------------------------------------------------------
  unknown_action: defineError(400, 'There is no such action.', 'See the list of actions.'),
  unauthenticated: defineError(
    401,
    'Sign in first.',
    'Call `authenticate`, `register` or `resume` on this connection.',
  ),
  session_invalid: defineError(
    401,
    'This session has ended. Sign in again.',
    'Forget the stored token and sign in with name and password.',
  ),
  forbidden: defineError(
    403,
    'You may not do that.',
    'Ask an administrator for a role that holds the permission.',
  ),
  invalid_params: defineError(
    400,
    'The parameters are not right.',
    'See `details`: each entry names a parameter and what is wrong with it.',
    { carries: 'details' },
  ),
  already_authenticated: defineError(
    409,
    'This connection is signed in already.',
    'Go on with this session, or open another connection.',
  ),
  throttled: defineError(
    429,
    'Too many tries. Wait a little.',
    'Wait `retry_after_ms` before the next try.',
    { carries: 'retry_after_ms' },
  ),
  busy: defineError(
    503,
    'The server is busy. Try again in a moment.',
    'Send the same request again after a short pause.',
  ),
  // -- what an action found ------------------------------------------------------------------------------------
  invalid_credentials: defineError(
    402,
    'Wrong account name or password.',
    'Check both; the answer never says which it was.',
  ),
  account_suspended: defineError(403, 'This account is suspended.', 'Ask an administrator to resume it.'),
  registration_closed: defineError(
    403,
    'Registration is closed on this server.',
    'Ask an administrator for an account.',
  ),
  setup_code_invalid: defineError(
    403,
    'The setup code is not valid.',
    'Take the newest code from the server console or the data folder; it lives 30 minutes.',
  ),
  code_invalid: defineError(403, 'This code is not valid.', 'Ask an administrator for a new one.'),
  current_password_wrong: defineError(
    402,
    'The current password is wrong.',
    'Type the password that you sign in with now.',
  ),
  client_key_wrong: defineError(
    403,
    'This token belongs to another client key.',
    'The session lives on: send the token over a connection with the client key that the session began with.',
  ),
  not_found: defineError(404, 'There is no such entry.', 'Refresh the list; it may have been removed.'),
  role_taken: defineError(409, 'There is a role of this name.', 'Choose another name, or change that role.'),
  role_built_in: defineError(
    409,
    'Built-in roles stay as they are.',
    'Make a role of your own with the permissions that you want.',
  ),
  role_in_use: defineError(
    409,
    'There are accounts that hold this role.',
    'Take it from them first: `list_users` with `holds` finds them.',
    { carries: z.object({ accounts: z.int().describe('how many hold it') }) },
  ),
  stale_version: defineError(
    409,
    'Someone else changed this account meanwhile.',
    'Read it again, look at the difference, and send the change with the new version.',
  ),
  wrong_status: defineError(
    409,
    'The account is not in a state that allows this.',
    'Read the account again and look at its status.',
  ),
  limit_reached: defineError(
    409,
    'There are as many of these as this server allows.',
    'Remove one that is no longer needed, then try again.',
  ),
  last_administrator: defineError(
    409,
    'The last administrator has to stay.',
    'Make another account administrator first.',
  ),
  account_name_invalid: defineError(
    400,
    'This account name can not be used.',
    'See `details` for the reason: letters and digits of one script, with . _ - inside.',
    { carries: 'details' },
  ),
  account_name_taken: defineError(
    409,
    'This account name is taken.',
    'Choose another name; look-alikes count as the same.',
  ),
  email_taken: defineError(409, 'This e-mail address belongs to another account.', 'Use another address.'),
  password_rejected: defineError(400, 'This password can not be used.', 'See `details` for the reason.', {
    carries: 'details',
  }),
  // -- the server -----------------------------------------------------------------------------------------------
  storage_unavailable: defineError(
    503,
    'The database can not be used at the moment.',
    'Nothing was done: send it again after a growing pause. Where its disk is full, reading goes on; where its PostgreSQL is away, nothing does.',
  ),
  outcome_unknown: defineError(
    503,
    'The server can not tell whether this was done.',
    'Its database was lost at the moment of the commit: it was done as a whole or not at all. Look before you ask again.',
  ),
  internal: defineError(
    500,
    'Something went wrong in the server.',
    'Try again; tell whoever runs the server the time of it.',
  ),
} as const satisfies Record<string, ErrorSpec>;

export type ErrorCode = keyof typeof ERRORS;

export const ERROR_CODES = Object.keys(ERRORS) as readonly ErrorCode[];

/** Returns true for a code of the closed list. */
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

type CarriedOf<C extends Carries> = C extends 'details'
  ? { readonly details: readonly ErrorDetail[] }
  : C extends 'retry_after_ms'
    ? { readonly retry_after_ms: number }
    : C extends z.ZodObject
      ? { readonly data: z.output<C> }
      : unknown;

/** A refusal of a code of a table, with what the table says that it carries. A union when there are several codes. */
export type FailureIn<T extends ErrorTable, C extends keyof T & string> = C extends C
  ? { readonly failed: C } & CarriedOf<T[C]['carries']>
  : never;

/** A refusal as a value: what handlers and domain rules return instead of throwing. */
export type Failure<C extends ErrorCode = ErrorCode> = FailureIn<typeof ERRORS, C>;

/** The same without the tie between code and content: what an envelope is made of. */
export type AnyFailure = {
  readonly failed: string;
  readonly details?: readonly ErrorDetail[];
  readonly retry_after_ms?: number;
  readonly data?: object;
};

/** What the code of a table carries as `data`; never for a code that carries none. */
export type DataIn<T extends ErrorTable, C extends string> = C extends keyof T
  ? T[C]['carries'] extends z.ZodObject
    ? z.output<T[C]['carries']>
    : never
  : never;

/** What the refusal has to be given, as the rest of `fail`'s arguments: nothing for a code that carries nothing. */
type Content<T extends ErrorTable, C extends keyof T> = T[C]['carries'] extends null
  ? []
  : [carried: CarriedOf<T[C]['carries']>];

/** Codes that say it all by themselves. */
export type BareErrorCode = {
  [C in ErrorCode]: (typeof ERRORS)[C]['carries'] extends null ? C : never;
}[ErrorCode];

/** Returns the failure value of one code of a table, with what the table says that it carries. */
export function failIn<T extends ErrorTable, C extends keyof T & string>(
  _table: T,
  code: C,
  ...[carried]: Content<T, C>
): FailureIn<T, C> {
  // The arguments are what the table says of the code; the compiler can't join the two for a code it doesn't know.
  return { failed: code, ...(carried as object | undefined) } as unknown as FailureIn<T, C>;
}

/** Returns the failure value of one code, with what it carries where it carries something. */
export function fail<C extends ErrorCode>(code: C, ...carried: Content<typeof ERRORS, C>): Failure<C> {
  return failIn<typeof ERRORS, C>(ERRORS, code, ...carried);
}

/** Returns true for a failure, false for a result. */
export function isFailure<T>(value: T): value is Extract<T, Failure> {
  return typeof value === 'object' && value !== null && 'failed' in value && isErrorCode(value.failed);
}
