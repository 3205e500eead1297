/** Pure rules: no clock, no disk, no socket. */
export {
  canonicalAccountName,
  canonicalSignInName,
  formerSignInName,
  newAccountName,
} from './account_names.js';
export { ADDRESSES_OF_A_NETWORK, addressKey, displayAddress, isLoopback, networkKey } from './addresses.js';
export { FREE_GUESSES, GUESSES_MAX, guessWait, WAIT_MS_MAX } from './guess_ladder.js';
export { mayActOn, mayGrant } from './authority.js';
export { canonicalEmail, newEmail, withNewEmail } from './email_addresses.js';
export { nameSkeleton } from './name_looks.js';
export { checkNewPassword } from './passwords.js';
export { searchAsked, searchTerms } from './search_terms.js';
export { sessionEnds, TOUCH_EVERY_MS, type SessionLife } from './session_life.js';
