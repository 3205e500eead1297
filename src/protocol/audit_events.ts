/**
 * The closed list of what the audit log can hold. One word, past tense, the same in log, audit and documents. A refusal that
 * comes again and again from one address is written down at once, then once a minute with its `count` in the details.
 */

export const AUDIT_EVENTS = {
  account_registered: 'someone registered',
  administrator_claimed: 'the setup code made the first administrator',
  signed_in: 'a session began with a password',
  sign_in_refused: 'a password was wrong, or the account was not in a state to sign in',
  profile_updated: 'a profile was changed by its owner',
  password_confirmed: 'someone signed in typed the password again',
  password_changed: 'a password was changed by its owner',
  session_moved: 'a session went on from a place where it had not been used',
  session_revoked: 'a session was ended before its time',
  session_replaced: 'the oldest session made room for a new one',
  signed_out: 'someone signed out of this session',
  signed_out_everywhere: 'someone ended all sessions of the own account',
  tokens_refreshed: 'a refresh token was exchanged',
  refresh_token_reused: 'a refresh token was used twice; its session was ended',
  refresh_token_refused: 'a refresh token was offered with a client key that it does not belong to',
  throttle_cleared: 'an administrator or the host cleared the wrong guesses at an account',
  recovery_code_created:
    'the host made a one-time code with which the owner of an account chooses another password',
  account_created: 'an administrator made an account',
  code_redeemed: 'a one-time code was used to choose a password',
  account_updated: 'an administrator changed a profile',
  account_suspended: 'an account was suspended',
  account_resumed: 'a suspended account was resumed',
  account_deleted: 'an account was deleted for good',
  role_assigned: 'an account was given a role',
  role_unassigned: 'a role was taken from an account',
  role_created: 'a role was made',
  role_updated: 'what a role permits, or what is said of it, was changed',
  role_deleted: 'a role was deleted',
  client_key_created: 'a client key was made',
  client_key_updated: 'what a client key permits was changed',
  client_key_rotated: 'a client key got a successor under the same id',
  client_key_revoked: 'a client key was ended before its time',
  master_key_rotated: 'the keys of the server were sealed under another master key by the host',
  server_keys_discarded: 'the host gave up the keys of the server, which nobody could open any more',
} as const;

/** What no action writes, but commands on the server’s own machine. */
export const HOST_AUDIT_EVENTS: readonly AuditEvent[] = [
  'recovery_code_created',
  'master_key_rotated',
  'server_keys_discarded',
];

export type AuditEvent = keyof typeof AUDIT_EVENTS;
