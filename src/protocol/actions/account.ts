/** Actions by which people get, use and look after an account of their own. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { exampleAccount } from '../events.js';
import {
  accessToken,
  account,
  accountId,
  accountName,
  device,
  email,
  firstName,
  lastName,
  password,
  phone,
  profileChange,
  redeemCode,
  refreshToken,
  role,
  session,
  sessionId,
  sessionToken,
  setupCode,
  signInName,
  signedIn,
  timestamp,
  TOKEN_LENGTH_MAX,
} from '../fields.js';
import { PERMISSION_NAMES } from '../permissions.js';
import { secret } from '../secret.js';

export const exampleSession = {
  session_id: 's_1dK8wYc5Gf3hJq7RzU2e',
  current: true,
  client_name: 'auth-tui',
  client_version: '0.1.0',
  os: 'linux',
  host_name: 'lab',
  address: '127.0.0.1',
  created_at: 1795000000000,
  last_active_at: 1795000200000,
  expires_at: 1797592200000,
};
const exampleToken = 'pcs_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';
const exampleTokens = {
  access_token: 'eyJhbGciOiJFZERTQSJ9.eyJzdWIiOiJhXzdRaDJtWnAwTHI0c1R4OVZiTjFjIn0.c2lnbmF0dXJl',
  access_token_expires_at: 1795000900000,
  refresh_token: 'pcr_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
};
const exampleSignedIn = {
  account: exampleAccount,
  session: exampleSession,
  session_token: exampleToken,
  ...exampleTokens,
};

export const register = defineAction({
  summary: 'Makes an account and signs it in on this connection.',
  notes:
    'With `setup_code`, while the server has no administrator, the account becomes the first administrator; a wrong or ' +
    'used code makes no account at all. Repeating the password is the client’s business and never goes over the wire.',
  params: z.strictObject({
    user: z
      .strictObject({
        account_name: accountName,
        password,
        first_name: firstName.optional(),
        last_name: lastName.optional(),
        email: email.optional(),
        phone: phone.optional(),
      })
      .describe('who registers'),
    setup_code: setupCode.optional(),
    device: device.optional(),
  }),
  result: signedIn,
  access: 'public',
  bucket: 'create',
  audit: 'account_registered',
  errors: [
    'already_authenticated',
    'registration_closed',
    'setup_code_invalid',
    'account_name_invalid',
    'account_name_taken',
    'email_taken',
    'password_rejected',
  ],
  response: 201,
  alert: 'registered and signed in',
  example: {
    params: { user: { account_name: 'anna', password: 'correct horse battery', first_name: 'Anna' } },
    result: exampleSignedIn,
  },
});

export const authenticate = defineAction({
  summary: 'Signs in with a password and begins a session on this connection.',
  notes:
    'An unknown name, a wrong password and an account without a password get the same answer after the same work. That an ' +
    'account is suspended is told only to someone who knows its password. On a server with automatic registration an ' +
    'unknown name is registered with this password instead; only there can `account_name_invalid`, ' +
    '`account_name_taken` (a look-alike) and `password_rejected` occur.',
  params: z.strictObject({
    user: z.strictObject({ account_name: signInName, password }).describe('who signs in'),
    device: device.optional(),
  }),
  result: signedIn,
  access: 'public',
  bucket: 'guess',
  audit: 'signed_in',
  errors: [
    'already_authenticated',
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
      device: { client_name: 'auth-tui', client_version: '0.1.0', os: 'linux', host_name: 'lab' },
    },
    result: exampleSignedIn,
  },
});

export const resume = defineAction({
  summary: 'Continues a session on this connection with the token that sign-in gave.',
  params: z.strictObject({ session_token: sessionToken }),
  result: z.object({ account, session }),
  access: 'public',
  bucket: 'guess',
  audit: null,
  errors: ['already_authenticated', 'session_invalid'],
  response: 200,
  alert: 'session resumed',
  example: {
    params: { session_token: exampleToken },
    result: { account: exampleAccount, session: exampleSession },
  },
});

export const refresh = defineAction({
  summary: 'Exchanges a refresh token for a new access token and the next refresh token.',
  notes:
    'Each refresh token works once. The same client may send it again within 10 seconds and gets the same successor, so ' +
    'that a lost reply costs nothing; any other second use ends the session on all its connections. The connection ' +
    'need not be signed in, and is not signed in by it.',
  params: z.strictObject({ refresh_token: refreshToken }),
  result: z.object({
    session_id: sessionId,
    access_token: accessToken,
    access_token_expires_at: timestamp('end of the access token'),
    refresh_token: refreshToken,
  }),
  access: 'public',
  bucket: 'guess',
  audit: 'tokens_refreshed',
  errors: ['session_invalid'],
  response: 200,
  alert: 'tokens refreshed',
  example: {
    params: { refresh_token: exampleTokens.refresh_token },
    result: { session_id: exampleSession.session_id, ...exampleTokens },
  },
});

export const verify_token = defineAction({
  summary:
    'Says whether an access token or session token is good right now, and whose it is: for other services.',
  notes:
    'Never fails for a bad token: `active` is false, and nothing else is told. The answer is current: a session that was ' +
    'ended a moment ago is not active, though its access token has not expired.',
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
        roles: z.array(role),
        permissions: z.array(z.enum(PERMISSION_NAMES)).describe('sorted'),
        expires_at: timestamp('end of the token if nothing happens until then'),
      })
      .nullable()
      .describe('null unless `active`'),
  }),
  access: 'public',
  bucket: 'free',
  audit: null,
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
        account_name: 'anna',
        session_id: exampleSession.session_id,
        roles: ['user'],
        permissions: [],
        expires_at: 1797592200000,
      },
    },
  },
});

export const redeem_code = defineAction({
  summary: 'Chooses a password with a one-time code from an administrator, and signs in on this connection.',
  params: z.strictObject({
    account_name: signInName,
    code: redeemCode,
    new_password: password,
    device: device.optional(),
  }),
  result: signedIn,
  access: 'public',
  bucket: 'guess',
  audit: 'code_redeemed',
  errors: ['already_authenticated', 'code_invalid', 'password_rejected'],
  response: 200,
  alert: 'password chosen and signed in',
  example: {
    params: {
      account_name: 'anna',
      code: 'pcc_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
      new_password: 'correct horse battery',
    },
    result: exampleSignedIn,
  },
});

export const whoami = defineAction({
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
  bucket: 'free',
  audit: null,
  errors: [],
  response: 200,
  alert: 'you',
  example: {
    params: {},
    result: {
      account: exampleAccount,
      session: exampleSession,
      permissions: [
        'roles.assign',
        'users.create',
        'users.delete',
        'users.read',
        'users.suspend',
        'users.update',
      ],
    },
  },
});

export const get_profile = defineAction({
  summary: 'The own account.',
  params: z.strictObject({}),
  result: z.object({ account }),
  access: 'session',
  bucket: 'free',
  audit: null,
  errors: [],
  response: 200,
  alert: 'profile',
  example: { params: {}, result: { account: exampleAccount } },
});

export const update_profile = defineAction({
  summary: 'Changes the own profile: what is left out stays, null clears.',
  params: z.strictObject({
    changes: z.strictObject(profileChange).describe('what to change: left out stays, null clears'),
    version: z
      .int()
      .optional()
      .describe('the version that was edited; left out, the change wins over any other'),
  }),
  result: z.object({ account }),
  access: 'session',
  bucket: 'write',
  audit: 'profile_updated',
  errors: ['stale_version', 'email_taken'],
  response: 200,
  alert: 'profile updated',
  example: {
    params: { changes: { first_name: 'Anna', bio: null }, version: 2 },
    result: { account: exampleAccount },
  },
});

export const confirm_password = defineAction({
  summary: 'Checks the own password once more, before an act that deserves it.',
  notes: 'A wrong password counts as a wrong guess at the account.',
  params: z.strictObject({ password }),
  result: z.object({ confirmed_at: timestamp('when it was checked') }),
  access: 'session',
  bucket: 'guess',
  audit: 'password_confirmed',
  errors: ['current_password_wrong'],
  response: 200,
  alert: 'password confirmed',
  example: { params: { password: 'correct horse battery' }, result: { confirmed_at: 1795000200000 } },
});

export const change_password = defineAction({
  summary: 'Changes the own password and ends all other sessions of the account.',
  params: z.strictObject({ current_password: password, new_password: password }),
  result: z.object({ ended_sessions: z.int().describe('how many other sessions were ended') }),
  access: 'session',
  bucket: 'guess',
  audit: 'password_changed',
  errors: ['current_password_wrong', 'password_rejected'],
  response: 200,
  alert: 'password changed',
  example: {
    params: { current_password: 'correct horse battery', new_password: 'staple gun on a tuesday' },
    result: { ended_sessions: 2 },
  },
});
