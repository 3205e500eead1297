/** The closed list of what the audit log can hold. One word, past tense, the same in log, audit and documents. */

export const AUDIT_EVENTS = {
  account_registered: 'someone registered',
  administrator_claimed: 'the setup code made the first administrator',
  signed_in: 'a session began with a password',
  sign_in_refused: 'a password was wrong, or the account was not in a state to sign in',
  profile_updated: 'a profile was changed by its owner',
  password_changed: 'a password was changed by its owner',
  session_revoked: 'a session was ended before its time',
  account_created: 'an administrator made an account',
  code_redeemed: 'a one-time code was used to choose a password',
  account_updated: 'an administrator changed a profile',
  account_suspended: 'an account was suspended',
  account_resumed: 'a suspended account was resumed',
  account_deleted: 'an account was deleted for good',
  role_assigned: 'an account was given a role',
  role_unassigned: 'a role was taken from an account',
} as const;

export type AuditEvent = keyof typeof AUDIT_EVENTS;
