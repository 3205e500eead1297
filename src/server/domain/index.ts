/** Pure rules: no clock, no disk, no socket. */
export {
  canonicalAccountName,
  canonicalEmail,
  canonicalSignInName,
  newAccountName,
} from './account_names.js';
export { addressKey, displayAddress, isLoopback } from './addresses.js';
export { mayActOn, mayGrant } from './authority.js';
export { checkNewPassword, type PasswordContext } from './passwords.js';
export { searchTerms, searchWords } from './search_terms.js';
export { DEFAULT_SESSION_LIFE, sessionEnds, TOUCH_EVERY_MS, type SessionLife } from './session_life.js';
