/** The contract: what both ends of the wire agree on. Pure; imports no other room. */
export * from './actions/index.js';
export * from './audit_events.js';
export {
  accessOf,
  errorsOfSpec,
  ownErrorsOfSpec,
  type Access,
  type ActionSpec,
  type Bucket,
} from './define_action.js';
export * from './envelope.js';
export * from './errors.js';
export {
  EVENTS,
  CLIENT_KEY_END_REASONS,
  SESSION_END_REASONS,
  type ClientKeyEndReason,
  type EventData,
  type EventName,
  type EventSpec,
  type ServerEvent,
  type SessionEndReason,
} from './events.js';
export {
  ACCOUNT_STATUSES,
  profileFields,
  type Account,
  type AccountStatus,
  type Device,
  type Session,
  type RoleRecord,
} from './fields.js';
export * from './frame.js';
export * from './handshake.js';
export * from './json_guard.js';
export * from './limits.js';
export { loggedParamsOf } from './logged_params.js';
export { nearest } from './nearest.js';
export {
  passwordFault,
  passwordLengthMin,
  PASSWORD_FAULTS,
  type PasswordContext,
  type PasswordFault,
  type PasswordPolicy,
} from './password_policy.js';
export * from './permissions.js';
export * from './pin.js';
export * from './plain.js';
export { codePoints, cutToCodePoints } from './text_length.js';
export { isHidden, isSecret, redact, REDACTED, secret } from './secret.js';
