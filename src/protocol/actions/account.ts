/** Actions by which people get an account of their own and look after it. */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import {
  EXAMPLE_AT,
  exampleAccount,
  exampleDevice,
  exampleNewAccount,
  exampleSignedIn,
  exampleUserAt,
} from '../examples.js';
import {
  account,
  accountName,
  device,
  email,
  firstName,
  lastName,
  password,
  phone,
  profileChange,
  redeemCode,
  setupCode,
  signInName,
  signedIn,
  timestamp,
} from '../fields.js';

export const ACCOUNT_ACTIONS = {
  register: defineAction({
    summary: 'Makes an account and signs it in on this connection.',
    notes:
      'With `setup_code`, while the server has no administrator, the account becomes the first administrator; a wrong or ' +
      'used code makes no account at all. The code stands in the file `setup_code` of the server’s data folder, one line, until it is used; ' +
      'a new one replaces it every 30 minutes, and a server that starts on a terminal shows it there. Repeating the password is the client’s business and never goes over the wire.',
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
    identity: 'begins',
    renews: [],
    bucket: 'create',
    audit: 'account_registered',
    also_audits: ['administrator_claimed'],
    logs: ['device.client_name', 'device.client_version', 'device.os'],
    errors: [
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
      params: {
        user: {
          account_name: 'anna',
          password: 'correct horse battery',
          first_name: 'Anna',
          email: 'anna@example.test',
        },
        device: exampleDevice,
      },
      result: { ...exampleSignedIn, account: exampleNewAccount },
    },
  }),

  redeem_code: defineAction({
    summary:
      'Chooses a password with a one-time code from an administrator, and signs in on this connection.',
    params: z.strictObject({
      account_name: signInName,
      code: redeemCode,
      new_password: password,
      device: device.optional(),
    }),
    result: signedIn,
    access: 'public',
    identity: 'begins',
    renews: [],
    bucket: 'token',
    audit: 'code_redeemed',
    logs: ['device.client_name', 'device.client_version', 'device.os'],
    errors: ['code_invalid', 'password_rejected'],
    response: 200,
    alert: 'password chosen and signed in',
    example: {
      params: {
        account_name: 'boris',
        code: 'pcc_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
        new_password: 'correct horse battery',
        device: exampleDevice,
      },
      result: {
        ...exampleSignedIn,
        account: { ...exampleUserAt(2), password_changed_at: EXAMPLE_AT, last_seen_at: EXAMPLE_AT },
      },
    },
  }),

  get_profile: defineAction({
    summary: 'The own account.',
    params: z.strictObject({}),
    result: z.object({ account }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'free',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'profile',
    example: { params: {}, result: { account: exampleAccount } },
  }),

  update_profile: defineAction({
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
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'profile_updated',
    logs: ['version'],
    errors: ['stale_version', 'email_taken'],
    response: 200,
    alert: 'profile updated',
    example: {
      params: { changes: { phone: '+7 900 000-00-00', bio: null }, version: 3 },
      result: {
        account: { ...exampleAccount, phone: '+7 900 000-00-00', updated_at: EXAMPLE_AT, version: 4 },
      },
    },
  }),

  confirm_password: defineAction({
    summary: 'Checks the own password once more, before an act that deserves it.',
    notes: 'A wrong password counts as a wrong guess in this session, and in no other place.',
    params: z.strictObject({ password }),
    result: z.object({ confirmed_at: timestamp('when it was checked') }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'guess',
    audit: 'password_confirmed',
    also_audits: ['sign_in_refused'],
    logs: [],
    errors: ['current_password_wrong'],
    response: 200,
    alert: 'password confirmed',
    example: { params: { password: 'correct horse battery' }, result: { confirmed_at: EXAMPLE_AT } },
  }),

  change_password: defineAction({
    summary: 'Changes the own password and ends all other sessions of the account.',
    params: z.strictObject({ current_password: password, new_password: password }),
    result: z.object({ ended_sessions: z.int().describe('how many other sessions were ended') }),
    access: 'session',
    identity: null,
    renews: ['session'],
    bucket: 'guess',
    audit: 'password_changed',
    also_audits: ['sign_in_refused'],
    logs: [],
    errors: ['current_password_wrong', 'password_rejected'],
    response: 200,
    alert: 'password changed',
    example: {
      params: { current_password: 'correct horse battery', new_password: 'staple gun on a tuesday' },
      result: { ended_sessions: 2 },
    },
  }),
};
