/** The shape of an entry of the action table, and the types that follow from it. */
import type * as z from 'zod';
import type { AuditEvent } from './audit_events.js';
import type { ErrorCode } from './errors.js';
import type { SessionEndReason } from './events.js';
import type { ClientPermission, Permission } from './permissions.js';

/**
 * Who may call: everybody after the handshake, programs whose client key has a permission, everybody who is signed in, or
 * holders of one permission; and whoever names the own account in the param `or_own`, where an entry has it.
 */
export type Access =
  | 'public'
  | { readonly client: ClientPermission }
  | 'session'
  | { readonly permission: Permission; readonly or_own?: string };

/** What an entry asks for, each as it is read: at most one of them is not null. */
export function accessOf(access: Access): {
  /** Of the client key, with nobody signed in. */
  readonly client: ClientPermission | null;
  readonly permission: Permission | null;
  readonly or_own: string | null;
  /** Whether it can be called with nobody signed in. */
  readonly by_nobody: boolean;
} {
  if (typeof access === 'string')
    return { client: null, permission: null, or_own: null, by_nobody: access === 'public' };
  if ('client' in access) return { client: access.client, permission: null, or_own: null, by_nobody: true };
  return { client: null, permission: access.permission, or_own: access.or_own ?? null, by_nobody: false };
}

/**
 * The rate-limit bucket that a call draws from.
 * `free`: bounded by the connection alone. `guess`: whatever checks what people choose or type, and can be guessed.
 * `token`: looks up a token or code of 256 random bits; drawn only when there is none, and one that is good always passes.
 * `create`: makes durable things for strangers. `write`: changes by signed-in people. `list`: reads with a cost.
 */
export type Bucket = 'free' | 'guess' | 'token' | 'create' | 'write' | 'list';

/**
 * How the params of a call tell that it ends the session it came on, and the connection with it: unless one of them is
 * true, or if one of them names that session.
 */
type EndsOwnSession<Param extends string> = { readonly reason: SessionEndReason } & (
  { readonly unless: Param } | { readonly if_named_in: Param }
);

type Plain = string | number | boolean | null | undefined;

/** Dotted paths to the plain values in `T`, and to lists of them. */
type PlainPath<T> = {
  [K in keyof T & string]-?: NonNullable<T[K]> extends Plain | readonly Plain[]
    ? K
    : NonNullable<T[K]> extends readonly unknown[]
      ? never
      : `${K}.${PlainPath<NonNullable<T[K]>>}`;
}[keyof T & string];

export type ActionSpec = {
  /** One sentence: what the caller gets. */
  readonly summary: string;
  /** More, where a sentence is not enough; for the documents. */
  readonly notes?: string;
  /** Strict: what it doesn't name is refused. */
  readonly params: z.ZodObject;
  /** Not strict: a client ignores what a newer server adds, a server leaves out what isn't named here. */
  readonly result: z.ZodObject;
  readonly access: Access;
  /**
   * What a call that succeeds does to who is signed in on its connection. One that begins or ends that runs alone there:
   * earlier requests are answered first, later ones wait. One that begins it is refused to whoever is signed in already.
   */
  readonly identity: 'begins' | 'ends' | null;
  /** Left out where a call can't end the session that it came on, or always does (`identity`). */
  readonly ends_own_session?: EndsOwnSession<string>;
  /**
   * What a call shows to be in use. `session`: the idle time of the session begins anew, that of whoever is signed in, or
   * of the session that the call begins. `connection`: the time for signing in begins anew.
   */
  readonly renews: readonly ('session' | 'connection')[];
  readonly bucket: Bucket;
  /** The event that the audit log gets in the transaction of the change, and no other; null for pure reads. */
  readonly audit: AuditEvent | null;
  /** Events that a call may write besides, or in place of it: refusals, and what it brings about on the side. */
  readonly also_audits?: readonly AuditEvent[];
  /**
   * Dotted paths into the params: what of them the log may hold. Ids and settings; nothing by which a person can be
   * told or reached, no free text of strangers that may be a password, and never a secret.
   */
  readonly logs: readonly string[];
  /** Codes beyond those that every call can give and those that follow from the above. In order of precedence. */
  readonly errors: readonly ErrorCode[];
  /** 200, or 201 where something was made. */
  readonly response: 200 | 201;
  /** What a reply's `alert` says. */
  readonly alert: string;
  /** A real exchange for the documents. Checked against the schemas by a test. */
  readonly example: { readonly params: object; readonly result: object };
};

/** What an entry names of its own params has to be there. */
type NamesOwnParams<Params extends z.ZodObject> = {
  readonly ends_own_session?: EndsOwnSession<keyof z.output<Params> & string>;
  readonly logs: readonly PlainPath<z.output<Params>>[];
};

/** Returns the entry with its literal types. */
export function defineAction<const S extends ActionSpec>(spec: S & NamesOwnParams<S['params']>): S {
  return spec;
}

/** Codes that any call can give, whatever the action. */
export const COMMON_ERRORS = [
  'hmac_error',
  'unknown_action',
  'invalid_params',
  'throttled',
  'busy',
  'shutting_down',
  'storage_unavailable',
  'outcome_unknown',
  'internal',
] as const satisfies readonly ErrorCode[];

/** Codes that calls of signed-in people can give as well. */
export const SESSION_ERRORS = ['unauthenticated', 'session_invalid'] as const satisfies readonly ErrorCode[];

/** Codes that calls with a permission can give as well. */
export const PERMISSION_ERRORS = ['forbidden'] as const satisfies readonly ErrorCode[];

/** Codes that calls which begin an identity can give as well. */
const IDENTITY_ERRORS = [
  'too_many_connections',
  'already_authenticated',
] as const satisfies readonly ErrorCode[];

type IdentityError<I extends ActionSpec['identity']> = I extends 'begins'
  ? (typeof IDENTITY_ERRORS)[number]
  : never;

type AccessError<A extends Access> = A extends 'public'
  ? never
  : A extends { readonly client: string }
    ? (typeof PERMISSION_ERRORS)[number]
    : A extends 'session'
      ? (typeof SESSION_ERRORS)[number]
      : (typeof SESSION_ERRORS)[number] | (typeof PERMISSION_ERRORS)[number];

/** Every code that calls of an entry can give. */
export type ErrorOfSpec<S extends ActionSpec> =
  | S['errors'][number]
  | AccessError<S['access']>
  | IdentityError<S['identity']>
  | (typeof COMMON_ERRORS)[number];

/** Returns the codes of an entry that not every call of the same access can give, in order of precedence. */
export function ownErrorsOfSpec({ identity, errors }: ActionSpec): readonly ErrorCode[] {
  return identity === 'begins' ? [...IDENTITY_ERRORS, ...errors] : errors;
}

/** Returns every code that calls of an entry can give, in the order of the entry: common ones first. */
export function errorsOfSpec(spec: ActionSpec): readonly ErrorCode[] {
  const { client, permission, by_nobody } = accessOf(spec.access);
  const access: readonly ErrorCode[] = [
    ...(by_nobody ? [] : SESSION_ERRORS),
    ...(client === null && permission === null ? [] : PERMISSION_ERRORS),
  ];
  return [...new Set<ErrorCode>([...access, ...COMMON_ERRORS, ...ownErrorsOfSpec(spec)])];
}
