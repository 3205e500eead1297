/** Pure rules: no clock, no disk, no socket. */
export {
  canonicalAccountName,
  canonicalSignInName,
  formerSignInName,
  newAccountName,
} from './account_names.js';
export {
  ADDRESSES_OF_A_NETWORK,
  addressKey,
  displayAddress,
  isLoopback,
  networkKey,
  placeKey,
} from './addresses.js';
export { DEVICE_KNOWN_MS, DEVICES_MAX } from './device_life.js';
export {
  accountSubject,
  ALLOWANCE,
  ALLOWANCE_MS,
  CLEAN_MS,
  deviceSubject,
  FREE_GUESSES,
  guessWait,
  halfFor,
  networkOf,
  ownPlace,
  sessionSubject,
  UNDECIDED_MS,
  WAIT_MS_MAX,
  type GuessPlace,
  type Half,
  type RecentGuess,
} from './guess_ladder.js';
export { mayActOn, mayGrant, mayMake, mayPutIntoKey } from './authority.js';
export { canonicalEmail, newEmail, withNewEmail } from './email_addresses.js';
export { nameSkeleton } from './name_looks.js';
export { checkNewPassword } from './passwords.js';
export { searchAsked, searchTerms } from './search_terms.js';
export {
  NEW_PLACES,
  NEW_PLACES_MS,
  PLACES_MAX,
  sessionEnds,
  TOUCH_EVERY_MS,
  type SessionLife,
} from './session_life.js';
