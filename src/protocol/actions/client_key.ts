/**
 * Actions by which administrators look after client keys: what programs and machines prove in the handshake. The key of
 * the server's own machine, `local`, is listed and otherwise left to the file it lives in.
 */
import * as z from 'zod';
import { defineAction } from '../define_action.js';
import { EXAMPLE_AT, exampleAccount } from '../examples.js';
import { clientKeyId, personText, timestamp } from '../fields.js';
import { CLIENT_KEY_TEXT } from '../handshake.js';
import { LIMITS } from '../limits.js';
import { CLIENT_PERMISSION_NAMES } from '../permissions.js';
import { secret } from '../secret.js';

/** What may be known about one of the two keys behind a key id: everything but the key. */
const keyDates = z.object({
  created_at: timestamp('when it was made'),
  not_before: timestamp('valid from'),
  not_after: timestamp('valid until; null for no end').nullable(),
  last_used_at: timestamp('last handshake with it, at most a minute old; null for never').nullable(),
});

const clientKey = z
  .object({
    key_id: z
      .string()
      .describe('names the key in the handshake; `local` is the key of the server’s own machine'),
    name: z.string().describe('what it is for, as an administrator wrote it'),
    permissions: z
      .array(z.string())
      .optional()
      .describe('what a program may do by it with nobody signed in; sorted. Earlier servers leave it out'),
    created_at: timestamp('when it was made').nullable(),
    expires_at: timestamp('end of the key, whatever is rotated; null for no end').nullable(),
    revoked_at: timestamp('when it was revoked; null while it was not').nullable(),
    last_used_at: timestamp(
      'last handshake with it, at most a minute old; null for never or unknown',
    ).nullable(),
    current: keyDates.nullable().describe('the key in use; null for `local`'),
    next: keyDates
      .nullable()
      .describe('its successor, valid beside it until `current` ends; null without a rotation'),
  })
  .describe('a client key, without the key itself');

export type ClientKeyRecord = z.infer<typeof clientKey>;

/** The id of the key in the data folder, for programs on the server's own machine. No key of the table can be called so. */
export const LOCAL_KEY_ID = 'local';

/** How the list shows it. It lives in a file, so nothing is known of its dates. */
export const LOCAL_CLIENT_KEY: ClientKeyRecord = {
  key_id: LOCAL_KEY_ID,
  name: 'this machine',
  // Whoever can read its file has the database as well.
  permissions: [...CLIENT_PERMISSION_NAMES].sort(),
  created_at: null,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  current: null,
  next: null,
};

const keyText = secret(
  z.string().regex(CLIENT_KEY_TEXT).describe('the 32 bytes of the key in base64url; shown this once'),
);
const connectionKey = secret(
  z.string().describe('key id, a dot, and the key: what stands behind `key=` in a connection string'),
);
const withKey = z.object({ client_key: clientKey, key: keyText, connection_key: connectionKey });
const byId = { key_id: clientKeyId };
const permissions = z
  .array(z.enum(CLIENT_PERMISSION_NAMES))
  .max(CLIENT_PERMISSION_NAMES.length)
  .describe('what a program may do by it with nobody signed in');

const datesFrom = (made_at: number) => ({
  created_at: made_at,
  not_before: made_at,
  not_after: null,
  last_used_at: null,
});
const exampleDates = datesFrom(exampleAccount.created_at);
const exampleClientKey = {
  key_id: 'k_4Rt7Yu1Io0Pa3Sd6Fg9H',
  name: 'build machine',
  permissions: [] as string[],
  created_at: exampleAccount.created_at,
  expires_at: null,
  revoked_at: null,
  last_used_at: null,
  current: exampleDates,
  next: null,
};
const exampleKey = '3q2-7wEjRWeJq83vASNFZ4mrze8BI0Vnia3N7wEjRWc';
const exampleWithKey = {
  key: exampleKey,
  connection_key: `${exampleClientKey.key_id}.${exampleKey}`,
};

export const CLIENT_KEY_ACTIONS = {
  create_client_key: defineAction({
    summary: 'Makes a client key for a program or machine and shows it, this once.',
    notes:
      'With it people sign in, as with any. `permissions` are for programs that ask for something with nobody signed in; it has none ' +
      'unless told. Who makes a key holds what its permissions stand for: `users.read` for `permissions.check`.',
    params: z.strictObject({
      name: personText(LIMITS.client_key_name_length_max, 'what the key is for; people read it in the list'),
      expires_at: timestamp('end of the key; it has none unless told').optional(),
      permissions: permissions.optional(),
    }),
    result: withKey,
    access: { permission: 'clients.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'client_key_created',
    logs: ['name', 'expires_at', 'permissions'],
    errors: ['limit_reached'],
    response: 201,
    alert: 'client key created',
    example: {
      params: { name: 'build machine' },
      result: {
        client_key: {
          ...exampleClientKey,
          created_at: EXAMPLE_AT,
          current: datesFrom(EXAMPLE_AT),
        },
        ...exampleWithKey,
      },
    },
  }),

  list_client_keys: defineAction({
    summary:
      'All client keys with their dates, without the keys: `local` first, then those that live, newest first.',
    notes:
      `At most ${LIMITS.client_keys_max} are listed. Keys that were revoked or have ended follow the others, and leave the ` +
      'list some time later.',
    params: z.strictObject({}),
    result: z.object({ client_keys: z.array(clientKey).describe('the client keys') }),
    access: { permission: 'clients.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'list',
    audit: null,
    logs: [],
    errors: [],
    response: 200,
    alert: 'client keys',
    example: {
      params: {},
      result: {
        client_keys: [LOCAL_CLIENT_KEY, exampleClientKey],
      },
    },
  }),

  update_client_key: defineAction({
    summary:
      'Changes what a program may do by its client key with nobody signed in. It counts from the next call.',
    params: z.strictObject({ ...byId, permissions }),
    result: z.object({ client_key: clientKey }),
    access: { permission: 'clients.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'client_key_updated',
    logs: ['key_id', 'permissions'],
    errors: ['not_found'],
    response: 200,
    alert: 'client key updated',
    example: {
      params: { key_id: exampleClientKey.key_id, permissions: ['tokens.verify'] },
      result: { client_key: { ...exampleClientKey, permissions: ['tokens.verify'] } },
    },
  }),

  rotate_client_key: defineAction({
    summary:
      'Makes the next key under the same key id and shows it, this once; the old one stays valid for a while.',
    notes:
      'Two keys at most are valid: when a rotation finds a next key, that becomes the current one, and the one before it ends at ' +
      'once. Connections made with a key that has ended are closed with `client_key_ended`.',
    params: z.strictObject({
      ...byId,
      overlap_hours: z
        .int()
        .min(0)
        .max(LIMITS.client_key_overlap_hours_max)
        .optional()
        .describe(
          `how long the old key stays valid, ${LIMITS.client_key_overlap_hours_default} unless told; 0 ends it at once`,
        ),
    }),
    result: withKey,
    access: { permission: 'clients.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'client_key_rotated',
    logs: ['key_id', 'overlap_hours'],
    errors: ['not_found'],
    response: 201,
    alert: 'next client key made',
    example: {
      params: { key_id: exampleClientKey.key_id, overlap_hours: 24 },
      result: {
        client_key: {
          ...exampleClientKey,
          current: { ...exampleDates, not_after: EXAMPLE_AT + 24 * 3_600_000 },
          next: datesFrom(EXAMPLE_AT),
        },
        ...exampleWithKey,
      },
    },
  }),

  revoke_client_key: defineAction({
    summary: 'Ends a client key for good and closes every connection that was made with it.',
    notes:
      'Sessions stay: they belong to people, who can go on through another key. When it is the key of the asking connection, ' +
      'the reply comes first, then the event `client_key_ended`, then the close.',
    params: z.strictObject(byId),
    result: z.object({ client_key: clientKey }),
    access: { permission: 'clients.manage' },
    identity: null,
    renews: ['session'],
    bucket: 'write',
    audit: 'client_key_revoked',
    logs: ['key_id'],
    errors: ['not_found'],
    response: 200,
    alert: 'client key revoked',
    example: {
      params: { key_id: exampleClientKey.key_id },
      result: { client_key: { ...exampleClientKey, revoked_at: EXAMPLE_AT } },
    },
  }),
};
