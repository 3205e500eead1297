/** Actions by which people sign in, go on, sign out, and look after the sessions and sign-ins of their own account. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { exampleAccount, exampleDevice, exampleSession, exampleSignedIn, exampleToken } from '../examples.js';
import {
  account,
  device,
  deviceSaid,
  deviceToken,
  pageCursor,
  pageLimit,
  password,
  session,
  sessionId,
  sessionToken,
  signInName,
  signedIn,
  timestamp,
} from '../fields.js';
import { PERMISSION_NAMES } from '../permissions.js';

/**
 * `confirmation`: the password typed once more by somebody who was signed in already. `resume` and `refresh`: a session that was
 * there before went on from another place.
 */
export const SIGN_IN_METHODS = [
  'password',
  'registration',
  'code',
  'confirmation',
  'resume',
  'refresh',
] as const;
export const SIGN_IN_FAILURES = ['wrong_password', 'suspended', 'pending'] as const;

export const SESSION_ACTIONS = {
  authenticate: defineAction({
    summary: 'Signs in with a password and begins a session on this connection.',
    notes:
      'An unknown name, a wrong password and an account without a password get the same answer after the same work. That an ' +
      'account is suspended is told only to someone who knows its password. On a server with automatic registration an ' +
      'unknown name is registered with this password instead; only there can `account_name_invalid`, ' +
      '`account_name_taken` (a look-alike) and `password_rejected` occur. With the `device_token` that an earlier sign-in gave to ' +
      'this account, wrong guesses of others make nobody wait; a token that is void counts as none.',
    params: z.strictObject({
      user: z.strictObject({ account_name: signInName, password }).describe('who signs in'),
      device_token: deviceToken.optional(),
      device: device.optional(),
    }),
    result: signedIn.extend({
      created: z
        .boolean()
        .optional()
        .describe('true when the name was unknown and this call registered it; else left out'),
    }),
    access: 'public',
    identity: 'begins',
    renews: [],
    bucket: 'guess',
    audit: 'signed_in',
    also_audits: ['sign_in_refused', 'session_replaced', 'account_registered'],
    logs: ['device.client_name', 'device.client_version', 'device.os'],
    errors: [
      'invalid_credentials',
      'account_suspended',
      'account_name_invalid',
      'account_name_taken',
      'password_rejected',
    ],
    response: 200,
    alert: 'signed in',
    example: {
      params: {
        user: { account_name: 'anna', password: 'correct horse battery' },
        device: exampleDevice,
      },
      result: exampleSignedIn,
    },
  }),

  resume: defineAction({
    summary: 'Continues a session on this connection with the token that sign-in gave.',
    notes:
      'With `device` the session shows what it says from now on, and nothing of what was said before; without it that stays. From a ' +
      'place where the session has not been used the sign-in history of the account gets an entry, before the reply: once for each ' +
      'address, or /64 of IPv6, at most 20 in 24 hours. Where the database can not be written, the reply comes all the same, its ' +
      '`session` as it is stored, and the entry follows with later requests.',
    params: z.strictObject({ session_token: sessionToken, device: device.optional() }),
    result: z.object({ account, session }),
    access: 'public',
    identity: 'begins',
    renews: ['session'],
    bucket: 'token',
    audit: null,
    also_audits: ['session_moved'],
    logs: ['device.client_name', 'device.client_version', 'device.os'],
    errors: ['session_invalid'],
    response: 200,
    alert: 'session resumed',
    example: {
      params: { session_token: exampleToken },
      result: { account: exampleAccount, session: exampleSession },
    },
  }),

  whoami: defineAction({
    summary: 'The account and session of this connection, and what they may do.',
    params: z.strictObject({}),
    result: z.object({
      account,
      session,
      permissions: z
        .array(z.enum(PERMISSION_NAMES))
        .describe('everything that the roles of the account allow; sorted'),
    }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'you',
    example: {
      params: {},
      result: {
        account: exampleAccount,
        session: exampleSession,
        permissions: [...PERMISSION_NAMES].sort(),
      },
    },
  }),

  list_sessions: defineAction({
    summary: 'The live sessions of the own account, most recently active first.',
    params: z.strictObject({}),
    result: z.object({ sessions: z.array(session).describe('the sessions') }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'sessions',
    example: { params: {}, result: { sessions: [exampleSession] } },
  }),

  revoke_session: defineAction({
    summary:
      'Ends one session of the own account and closes its connections. Ending the own session signs out.',
    notes:
      'When it is the own session, the reply comes first, then the event `session_ended`, then the close.',
    params: z.strictObject({ session_id: sessionId }),
    result: z.object({ session_id: sessionId }),
    access: 'session',
    identity: null,
    ends_own_session: { if_named_in: 'session_id', reason: 'revoked' },
    renews: ['session'],
    bucket: 'write',
    audit: 'session_revoked',
    logs: ['session_id'],
    errors: ['not_found'],
    response: 200,
    alert: 'session ended',
    example: {
      params: { session_id: exampleSession.session_id },
      result: { session_id: exampleSession.session_id },
    },
  }),

  logout: defineAction({
    summary: 'Signs out: ends the session of this connection. The connection stays open for another sign-in.',
    notes:
      'Other connections of the same session get `session_ended` and are closed. Requests in work are answered first.',
    params: z.strictObject({}),
    result: z.object({}),
    access: 'session',
    identity: 'ends',
    renews: ['session'],
    bucket: 'free',
    audit: 'signed_out',
    logs: [],
    errors: [],
    response: 200,
    alert: 'signed out',
    example: { params: {}, result: {} },
  }),

  logout_all: defineAction({
    summary: 'Ends all sessions of the own account, or all but this one.',
    notes:
      'Without `keep_current` the own session ends as well, and is counted: the reply comes first, then the event `session_ended` ' +
      '(`signed_out`), then the close. With it, this connection and others of this session go on.',
    params: z.strictObject({
      keep_current: z.boolean().optional().describe('true leaves the session of this connection alone'),
    }),
    result: z.object({ ended_sessions: z.int().describe('how many sessions were ended') }),
    access: 'session',
    identity: null,
    ends_own_session: { unless: 'keep_current', reason: 'signed_out' },
    renews: ['session'],
    bucket: 'write',
    audit: 'signed_out_everywhere',
    logs: ['keep_current'],
    errors: [],
    response: 200,
    alert: 'sessions ended',
    example: { params: { keep_current: true }, result: { ended_sessions: 2 } },
  }),

  login_history: defineAction({
    summary:
      'Sign-ins and refused tries of the own account, and sessions that went on from another place; newest first.',
    params: z.strictObject({ limit: pageLimit, cursor: pageCursor.optional() }),
    result: z.object({
      entries: z
        .array(
          z.strictObject({
            at: timestamp('when'),
            method: z
              .enum(SIGN_IN_METHODS)
              .describe(
                'how: `confirmation` is a slip of somebody who was signed in, at `confirm_password` or `change_password`, on the device of that session; `resume` and `refresh` are a session that went on with its token, from a place where it had not been used',
              ),
            success: z.boolean().describe('whether a session began or went on'),
            failure: z.enum(SIGN_IN_FAILURES).nullable().describe('why it was refused; null when it was not'),
            address: z.string().describe('where from, as the server saw it'),
            ...deviceSaid,
          }),
        )
        .describe('one page of tries'),
      next_cursor: pageCursor.nullable().describe('null on the last page'),
    }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: ['limit'],
    errors: [],
    response: 200,
    alert: 'sign-in history',
    example: {
      params: { limit: 50 },
      result: {
        entries: [
          {
            at: exampleAccount.updated_at,
            method: 'password',
            success: false,
            failure: 'wrong_password',
            address: '127.0.0.1',
            ...exampleDevice,
          },
          {
            at: exampleAccount.created_at,
            method: 'registration',
            success: true,
            failure: null,
            address: '127.0.0.1',
            ...exampleDevice,
          },
        ],
        next_cursor: null,
      },
    },
  }),
};
