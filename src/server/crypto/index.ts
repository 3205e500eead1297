/** Password hashing and token digests. */
export {
  PasswordHasher,
  SCRYPT_LOG_N,
  SCRYPT_LOG_N_MAX,
  SCRYPT_LOG_N_MIN,
  WorkSlots,
  type Busy,
  type Verdict,
} from './password_hasher.js';
export { tokenHash } from './tokens.js';
