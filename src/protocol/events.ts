/** The closed list of what the server says unasked. An event carries its name in `event` and its content in `data`. */
import * as z from 'zod';
import { exampleAccount } from './examples.js';
import { account, clientKeyId, sessionId } from './fields.js';

export const SESSION_END_REASONS = {
  revoked: 'ended from another session',
  password_changed: 'the password was changed in another session',
  account_suspended: 'an administrator suspended the account',
  account_deleted: 'the account was deleted',
  expired: 'the session reached the end of its life',
  signed_out: 'signed out, here or with all other sessions',
  replaced: 'a newer session took its place: an account has only so many',
  token_reused: 'a refresh token was used twice: it may have been stolen',
} as const;

export type SessionEndReason = keyof typeof SESSION_END_REASONS;

export const CLIENT_KEY_END_REASONS = {
  revoked: 'an administrator revoked the key',
  rotated: 'the key was replaced, and the time in which both were valid is over',
  expired: 'the key reached its end',
} as const;

export type ClientKeyEndReason = keyof typeof CLIENT_KEY_END_REASONS;

export type EventSpec = {
  readonly summary: string;
  readonly data: z.ZodObject;
  /** True when the server closes the connection after it: at once, or once the requests in work are answered. */
  readonly closes: boolean;
  readonly example: object;
};

const defineEvent = <const S extends EventSpec>(spec: S): S => spec;

export const EVENTS = {
  probe: defineEvent({
    summary:
      'Asks a silent client for a sign of life: answer with the action `probe`, or with anything else.',
    data: z.object({}),
    closes: false,
    example: {},
  }),
  account_changed: defineEvent({
    summary:
      'The signed-in account was changed from elsewhere: profile or roles. Holds the account as it is now.',
    data: z.object({ account }),
    closes: false,
    example: { account: exampleAccount },
  }),
  session_ended: defineEvent({
    summary: 'The session of this connection has ended; its tokens are dead.',
    data: z.object({
      session_id: sessionId,
      reason: z
        .enum(Object.keys(SESSION_END_REASONS) as [SessionEndReason, ...SessionEndReason[]])
        .describe('why the session ended'),
    }),
    closes: true,
    example: { session_id: 's_1dK8wYc5Gf3hJq7RzU2e', reason: 'account_suspended' },
  }),
  client_key_ended: defineEvent({
    summary: 'The client key of this connection is no longer valid. The session, if there is one, lives on.',
    data: z.object({
      key_id: clientKeyId,
      reason: z
        .enum(Object.keys(CLIENT_KEY_END_REASONS) as [ClientKeyEndReason, ...ClientKeyEndReason[]])
        .describe('`revoked` by an administrator, `rotated` out after its overlap, or `expired`'),
    }),
    closes: true,
    example: { key_id: 'k_4Rt7Yu1Io0Pa3Sd6Fg9H', reason: 'revoked' },
  }),
  server_stopping: defineEvent({
    summary: 'The server is about to stop; sessions live on. Requests in work are still answered.',
    data: z.object({
      reconnect_after_ms: z.int().describe('a good first pause before connecting again, milliseconds'),
    }),
    closes: true,
    example: { reconnect_after_ms: 1000 },
  }),
} as const satisfies Record<string, EventSpec>;

export type EventName = keyof typeof EVENTS;
export type EventData<E extends EventName> = z.infer<(typeof EVENTS)[E]['data']>;
/** An event as the client sees it: a union over all names. */
export type ServerEvent = { [E in EventName]: { readonly event: E; readonly data: EventData<E> } }[EventName];
