/**
 * Actions by which administrators look after other people's accounts. Nobody can act on an account that holds a
 * permission which they lack themselves; that is `forbidden` as well.
 */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { EXAMPLE_AT, exampleUser, exampleUserAt } from '../examples.js';
import {
  account,
  accountId,
  accountName,
  accountStatus,
  builtInRole,
  email,
  firstName,
  lastName,
  pageCursor,
  pageLimit,
  phone,
  profileChange,
  redeemCode,
  role,
  timestamp,
} from '../fields.js';
import { LIMITS } from '../limits.js';
import { unlog } from '../secret.js';

const oneUser = z.object({ user: account });
const byId = { account_id: accountId };

export const USER_SORTS = [
  'account_name',
  'name',
  'email',
  'created_at',
  'last_seen_at',
  'role',
  'status',
] as const;

const searchText = z.string().trim().min(1).max(LIMITS.search_length_max);

export const USER_ACTIONS = {
  list_users: defineAction({
    summary: 'A page of all accounts, with search, filter and sort done by the server.',
    notes:
      'Pages follow each other by `cursor`, so a page costs the same wherever it is. `search` finds beginnings of words in ' +
      'account name, e-mail, first and last name, and a telephone number from any of its digits on; every word has to be found. ' +
      'What is shown is found when it is typed back, as a whole or from a word on, with other punctuation, in another case, with ' +
      '`е` for `ё`, a number with or without `+`, spaces and brackets. When more than ' +
      `${LIMITS.search_rows_max} terms begin with even the rarest word, the list holds some of the accounts only and ` +
      `\`total_is_exact\` is false: ask for more letters. Counting stops at ${LIMITS.count_max}. Of several roles of an account ` +
      'lists show the highest of the built-in ones, `admin` before `moderator` before `user`; `role` and the order by role go by what is shown. ' +
      'The order by `name` goes by first and last name as one text, `name` and `email` with ASCII letters in small; accounts that ' +
      'have none come first. `not` leaves accounts out: those that its `search` would find, and those that its filters would ' +
      `keep. When more than ${LIMITS.search_rows_max} terms begin with even the rarest word of its search, a page looks at ` +
      `${LIMITS.search_passed_max} accounts at most: it may hold fewer than asked, or none, while \`next_cursor\` goes on, and ` +
      '`total` is what was counted among so many, with `total_is_exact` false. So it is with `holds` of a role that more than ' +
      `${LIMITS.search_passed_max} hold.`,
    params: z.strictObject({
      search: unlog(
        searchText
          .optional()
          .describe(
            'beginnings of words in account name, e-mail, first and last name, or digits of the phone number',
          ),
      ),
      role: builtInRole
        .optional()
        .describe(
          'only accounts of which lists show this role: the highest of the built-in ones that they hold',
        ),
      holds: role
        .optional()
        .describe('only accounts that hold this role, whether or not they hold a higher one'),
      status: accountStatus.optional().describe('only accounts in this state'),
      not: z
        .strictObject({
          search: unlog(searchText.optional().describe('no accounts that this search finds')),
          role: builtInRole.optional().describe('no accounts of which lists show this role'),
          holds: role.optional().describe('no accounts that hold this role'),
          status: accountStatus.optional().describe('no accounts in this state'),
        })
        .optional()
        .describe('which accounts to leave out'),
      sort: z
        .enum(USER_SORTS)
        .optional()
        .describe('`account_name` unless told; by `role` the highest comes first; ties by account id'),
      descending: z.boolean().optional().describe('true turns the order round; false unless told'),
      limit: pageLimit,
      cursor: pageCursor.optional(),
    }),
    result: z.object({
      users: z.array(account).describe('the accounts of this page'),
      next_cursor: pageCursor.nullable().describe('null on the last page'),
      total: z.int().describe(`accounts that match, counted up to ${LIMITS.count_max}`),
      total_is_exact: z.boolean().describe('false when there are more than `total`'),
    }),
    access: { permission: 'users.read' },
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: ['role', 'holds', 'status', 'not.role', 'not.holds', 'not.status', 'sort', 'descending', 'limit'],
    errors: [],
    response: 200,
    alert: 'users',
    example: {
      params: { search: 'bor', status: 'active', sort: 'last_seen_at', descending: true, limit: 50 },
      result: { users: [exampleUser], next_cursor: null, total: 1, total_is_exact: true },
    },
  }),

  get_user: defineAction({
    summary: 'One account, with the number of its live sessions. Everybody may see the own one.',
    params: z.strictObject(byId),
    result: z.object({ user: account, live_sessions: z.int().describe('sessions that are alive now') }),
    access: { permission: 'users.read', or_own: 'account_id' },
    identity: null,
    renews: ['session'],
    bucket: 'free',
    audit: null,
    logs: ['account_id'],
    errors: ['not_found'],
    response: 200,
    alert: 'user',
    example: {
      params: { account_id: exampleUser.account_id },
      result: { user: exampleUser, live_sessions: 1 },
    },
  }),

  create_user: defineAction({
    summary:
      'Makes an account for someone else and gives a one-time code with which they choose their password.',
    notes:
      'Nobody chooses a password for another person: the account is `pending` until its owner has used the code. `not_found`: there is ' +
      'no role of that name.',
    params: z.strictObject({
      user: z
        .strictObject({
          account_name: accountName,
          first_name: firstName.optional(),
          last_name: lastName.optional(),
          email: email.optional(),
          phone: phone.optional(),
        })
        .describe('the new account'),
      roles: z
        .array(role)
        .max(8)
        .optional()
        .describe('beyond `user`; only roles whose permissions the caller holds'),
    }),
    result: z.object({
      user: account,
      code: redeemCode,
      code_expires_at: timestamp('the code is dead after this'),
    }),
    access: { permission: 'users.create' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'account_created',
    logs: ['roles'],
    errors: ['not_found', 'account_name_invalid', 'account_name_taken', 'email_taken'],
    response: 201,
    alert: 'user created',
    example: {
      params: { user: { account_name: 'boris', first_name: 'Boris', email: 'boris@example.test' } },
      result: {
        user: {
          ...exampleUserAt(1),
          status: 'pending',
          created_at: EXAMPLE_AT,
          password_changed_at: null,
          last_seen_at: null,
        },
        code: 'pcc_3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc',
        code_expires_at: EXAMPLE_AT + 3 * 86_400_000,
      },
    },
  }),

  update_user: defineAction({
    summary: "Changes another person's profile: what is left out stays, null clears.",
    params: z.strictObject({
      ...byId,
      changes: z.strictObject(profileChange).describe('what to change: left out stays, null clears'),
      version: z
        .int()
        .optional()
        .describe('the version that was edited; left out, the change wins over any other'),
    }),
    result: oneUser,
    access: { permission: 'users.update' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'account_updated',
    logs: ['account_id', 'version'],
    errors: ['not_found', 'stale_version', 'email_taken'],
    response: 200,
    alert: 'user updated',
    example: {
      params: { account_id: exampleUser.account_id, changes: { phone: '+7 900 000-00-00' }, version: 1 },
      result: { user: { ...exampleUserAt(2), phone: '+7 900 000-00-00' } },
    },
  }),

  suspend_user: defineAction({
    summary: 'Suspends an account: its sessions end at once and it can not sign in until it is resumed.',
    params: z.strictObject({
      ...byId,
      reason: unlog(z.string().trim().min(1).max(200).optional().describe('for the audit log')),
    }),
    result: z.object({ user: account, ended_sessions: z.int().describe('how many sessions were ended') }),
    access: { permission: 'users.suspend' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'account_suspended',
    logs: ['account_id'],
    errors: ['not_found', 'wrong_status', 'last_administrator'],
    response: 200,
    alert: 'user suspended',
    example: {
      params: { account_id: exampleUser.account_id, reason: 'shared the password' },
      result: { user: { ...exampleUserAt(2), status: 'suspended' }, ended_sessions: 1 },
    },
  }),

  resume_user: defineAction({
    summary: 'Lifts a suspension. Ended sessions stay ended.',
    params: z.strictObject(byId),
    result: oneUser,
    access: { permission: 'users.suspend' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'account_resumed',
    logs: ['account_id'],
    errors: ['not_found', 'wrong_status'],
    response: 200,
    alert: 'user resumed',
    example: { params: { account_id: exampleUser.account_id }, result: { user: exampleUserAt(3) } },
  }),

  delete_user: defineAction({
    summary:
      'Deletes an account for good: its sessions end at once, its name becomes free, the audit log stays.',
    params: z.strictObject(byId),
    result: z.object({
      account_id: accountId,
      ended_sessions: z.int().describe('how many sessions were ended'),
    }),
    access: { permission: 'users.delete' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'account_deleted',
    logs: ['account_id'],
    errors: ['not_found', 'last_administrator'],
    response: 200,
    alert: 'user deleted',
    example: {
      params: { account_id: exampleUser.account_id },
      result: { account_id: exampleUser.account_id, ended_sessions: 1 },
    },
  }),
};
