/** Password hashing, access tokens and token digests. */
export {
  PasswordHasher,
  SCRYPT_LOG_N,
  SCRYPT_LOG_N_MAX,
  SCRYPT_LOG_N_MIN,
  WorkSlots,
  type Busy,
  type Verdict,
} from './password_hasher.js';
export { FairQueue, type Whose } from './fair_queue.js';
export { PageCursors, type CursorPart } from './page_cursors.js';
export { RefreshSuccessors, tokenHash, tokenKey } from './tokens.js';
export { masterKeyOf, openKey, sealKey, type MasterKey, type SealedFor } from './sealed_keys.js';
export {
  ACCESS_TOKEN_MINUTES,
  AccessTokens,
  LONG_ACCESS_TOKENS,
  type AccessClaims,
} from './access_tokens.js';
