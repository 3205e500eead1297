/** Actions about the tokens that stand for a session. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import {
  exampleAccount,
  exampleNextRefreshToken,
  exampleSession,
  exampleSigningKey,
  exampleToken,
  exampleTokens,
} from '../examples.js';
import {
  accessToken,
  accountId,
  device,
  refreshToken,
  roleHeld,
  sessionId,
  timestamp,
  TOKEN_LENGTH_MAX,
} from '../fields.js';
import { PERMISSION_NAMES } from '../permissions.js';
import { secret } from '../secret.js';

/** What a refresh token is exchanged for, whichever way it was asked for. */
const exchangedTokens = z.object({
  session_id: sessionId,
  access_token: accessToken,
  access_token_expires_at: timestamp('end of the access token'),
  refresh_token: refreshToken,
});
const exchange = {
  params: { refresh_token: exampleTokens.refresh_token },
  result: {
    session_id: exampleSession.session_id,
    ...exampleTokens,
    refresh_token: exampleNextRefreshToken,
  },
};

export const TOKEN_ACTIONS = {
  refresh: defineAction({
    summary: 'Exchanges a refresh token for a new access token and the next refresh token.',
    notes:
      'Each refresh token works once. The same client may send it again within 10 seconds of the first exchange and gets the same ' +
      'successor, whether or not that was used meanwhile, so that a lost reply and a second run of the client cost nothing and count ' +
      'nowhere; any other second use ends the session on all its connections. Whoever is later asks with `refresh_again`. The ' +
      'connection need not be signed in, and is not signed in by it. `device`, and a place where the session has not been used, do ' +
      'what they do in `resume`.',
    params: z.strictObject({ refresh_token: refreshToken, device: device.optional() }),
    result: exchangedTokens,
    access: 'public',
    identity: null,
    renews: [],
    bucket: 'token',
    audit: 'tokens_refreshed',
    also_audits: ['refresh_token_reused', 'refresh_token_refused', 'session_moved'],
    logs: ['device.client_name', 'device.client_version', 'device.os'],
    errors: ['session_invalid', 'client_key_wrong'],
    response: 200,
    alert: 'tokens refreshed',
    example: exchange,
  }),

  refresh_again: defineAction({
    summary:
      'Exchanges a refresh token of the own session, whenever an earlier try was made whose reply never came.',
    notes:
      'As `refresh`, on a connection that is signed in with the very session that the token belongs to: so it is known who asks, and ' +
      'the successor is told again at any time, until somebody has used it. A token whose successor was used ends the session here as ' +
      'well. For clients that were stopped between the request and keeping its reply.',
    params: z.strictObject({ refresh_token: refreshToken }),
    result: exchangedTokens,
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'token',
    audit: 'tokens_refreshed',
    also_audits: ['refresh_token_reused', 'refresh_token_refused'],
    logs: [],
    errors: ['client_key_wrong', 'not_found'],
    response: 200,
    alert: 'tokens refreshed',
    example: exchange,
  }),

  verify_token: defineAction({
    summary:
      'Says whether an access token or session token is good right now, and whose it is: for other services.',
    notes:
      'Never fails for a bad token: `active` is false, and nothing else is told. The answer is current: a session that was ' +
      'ended a moment ago is not active, though its access token has not expired. Session tokens that are not there are ' +
      'counted: far more of them than a service meets give `throttled`; tokens that are good are answered all the same.',
    params: z.strictObject({
      token: secret(z.string().min(1).max(TOKEN_LENGTH_MAX).describe('an access token or a session token')),
    }),
    result: z.object({
      active: z.boolean().describe('whether the token is good right now'),
      subject: z
        .object({
          kind: z.enum(['access', 'session']).describe('which kind of token it is'),
          account_id: accountId,
          account_name: z.string().describe('canonical account name'),
          session_id: sessionId,
          roles: z.array(roleHeld),
          permissions: z.array(z.enum(PERMISSION_NAMES)).describe('sorted'),
          expires_at: timestamp('end of the token if nothing happens until then'),
        })
        .nullable()
        .describe('null unless `active`'),
    }),
    access: { client: 'tokens.verify' },
    identity: null,
    renews: ['connection'],
    bucket: 'token',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'token looked at',
    example: {
      params: { token: exampleToken },
      result: {
        active: true,
        subject: {
          kind: 'session',
          account_id: exampleAccount.account_id,
          account_name: exampleAccount.account_name,
          session_id: exampleSession.session_id,
          roles: exampleAccount.roles,
          permissions: [...PERMISSION_NAMES].sort(),
          expires_at: exampleSession.expires_at,
        },
      },
    },
  }),

  get_signing_keys: defineAction({
    summary: 'Returns the public keys with which a service checks access tokens by itself, as a JWK Set.',
    notes:
      'A JWK Set [RFC 7517] of Ed25519 keys [RFC 8037]. A token is checked with the key whose `kid` its header has; one of an unknown ' +
      '`kid` is refused, or the keys are asked for again, at most once a minute. Whoever checks a signature alone believes a token ' +
      'until it expires; `verify_token` knows what has ended since.',
    params: z.strictObject({}),
    result: z.object({
      keys: z
        .array(
          z.object({
            kty: z.string().describe('`OKP`'),
            crv: z.string().describe('`Ed25519`'),
            x: z.string().describe('the public key, 32 bytes in base64url'),
            kid: z.string().describe('thumbprint of the key [RFC 7638], base64url'),
            alg: z.string().describe('`EdDSA`'),
            use: z.string().describe('`sig`'),
          }),
        )
        .describe('those that tokens are signed with, the newest last'),
    }),
    access: 'public',
    identity: null,
    renews: ['connection'],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'signing keys',
    example: { params: {}, result: { keys: [exampleSigningKey] } },
  }),
};
