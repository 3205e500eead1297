/** The shape of an entry of the action table, and the types that follow from it. */
import type * as z from 'zod';
import type { AuditEvent } from './audit_events.js';
import type { ErrorCode } from './errors.js';
import type { Permission } from './permissions.js';

/** Who may call: everybody after the handshake, everybody who is signed in, or holders of one permission. */
export type Access = 'public' | 'session' | { readonly permission: Permission };

/**
 * The rate-limit bucket that a call draws from.
 * `free`: bounded by the connection alone. `guess`: whatever checks a password, code or token by name.
 * `create`: makes durable things for strangers. `write`: changes by signed-in people. `list`: reads with a cost.
 */
export type Bucket = 'free' | 'guess' | 'create' | 'write' | 'list';

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
  readonly bucket: Bucket;
  /** The event that the audit log gets in the transaction of the change; null for pure reads. */
  readonly audit: AuditEvent | null;
  /** Codes beyond those that every call can give. In order of precedence. */
  readonly errors: readonly ErrorCode[];
  /** 200, or 201 where something was made. */
  readonly response: 200 | 201;
  /** What a reply's `alert` says. */
  readonly alert: string;
  /** A real exchange for the documents. Checked against the schemas by a test. */
  readonly example: { readonly params: object; readonly result: object };
};

/** Keeps the literal types of an entry. */
export function defineAction<const S extends ActionSpec>(spec: S): S {
  return spec;
}

/** Codes that any call can give, whatever the action. */
export const COMMON_ERRORS = [
  'unknown_action',
  'invalid_params',
  'throttled',
  'busy',
  'shutting_down',
  'storage_unavailable',
  'internal',
] as const satisfies readonly ErrorCode[];

/** Codes that calls of signed-in people can give as well. */
export const SESSION_ERRORS = ['unauthenticated', 'session_invalid'] as const satisfies readonly ErrorCode[];

/** Codes that calls with a permission can give as well. */
export const PERMISSION_ERRORS = ['forbidden'] as const satisfies readonly ErrorCode[];

type AccessError<A extends Access> = A extends 'public'
  ? never
  : A extends 'session'
    ? (typeof SESSION_ERRORS)[number]
    : (typeof SESSION_ERRORS)[number] | (typeof PERMISSION_ERRORS)[number];

/** Every code that calls of an entry can give. */
export type ErrorOfSpec<S extends ActionSpec> =
  S['errors'][number] | AccessError<S['access']> | (typeof COMMON_ERRORS)[number];

/** The same at run time, in the order of the entry: common ones first. */
export function errorsOfSpec(spec: ActionSpec): readonly ErrorCode[] {
  const access: readonly ErrorCode[] =
    spec.access === 'public'
      ? []
      : spec.access === 'session'
        ? SESSION_ERRORS
        : [...SESSION_ERRORS, ...PERMISSION_ERRORS];
  return [...new Set<ErrorCode>([...access, ...COMMON_ERRORS, ...spec.errors])];
}
