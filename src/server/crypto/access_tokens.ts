/**
 * Access tokens: JWTs signed with Ed25519 [RFC 8037, RFC 9068]. Made and checked with Node's synchronous calls, because
 * the asynchronous ones wait in the same thread pool as password hashes. The header is fixed: a token whose header isn't
 * ours to the byte is refused before anything in it is read, so there is no algorithm to choose and no key to look up.
 */
import { createHash, createPrivateKey, createPublicKey, sign, verify, type KeyObject } from 'node:crypto';
import * as z from 'zod';
import { parseGuarded, type ResultOf } from '../../protocol/index.js';

/** How long an access token is good unless told. Whoever verifies offline believes it for that long after a revocation. */
export const ACCESS_TOKEN_MINUTES = 15;
/** What it means that they are good for longer, told by the start and by the doctor. */
export const LONG_ACCESS_TOKENS =
  'whoever checks only the signature of access tokens lets people in for so long after they have signed out, were suspended or ' +
  'lost a role; verify_token answers for this very moment';
/**
 * A token from further in the future was not made at the time that it says, seconds: our clock may have been set back a little.
 */
const IAT_LEEWAY_SECONDS = 60;
/** Nothing longer is looked at, characters. */
const TOKEN_LENGTH_MAX = 4096;
const FORM = /^([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]+)\.([A-Za-z0-9_-]{86})$/;

const claimsSchema = z.strictObject({
  iss: z.string(),
  aud: z.string(),
  sub: z.string(),
  name: z.string(),
  sid: z.string(),
  jti: z.string(),
  iat: z.int(),
  exp: z.int(),
});

/** What an access token says. Times are Unix seconds. */
export type AccessClaims = z.infer<typeof claimsSchema>;
export type AccessSubject = Pick<AccessClaims, 'sub' | 'name' | 'sid' | 'jti'>;
export type SignedAccessToken = { readonly token: string; readonly expires_at: number };

const encode = (value: object): string => Buffer.from(JSON.stringify(value)).toString('base64url');

/** An Ed25519 public key, as services that check tokens take it [RFC 8037 2]. */
export type SigningKey = ResultOf<'get_signing_keys'>['keys'][number];

/** Its id is its thumbprint [RFC 7638]. */
function jwkOf(key: KeyObject): SigningKey {
  const { x = '' } = key.export({ format: 'jwk' });
  const named = { crv: 'Ed25519', kty: 'OKP', x };
  const kid = createHash('sha256').update(JSON.stringify(named)).digest('base64url');
  return { kty: 'OKP', crv: 'Ed25519', x, kid, alg: 'EdDSA', use: 'sig' };
}

export class AccessTokens {
  readonly #privateKey: KeyObject;
  readonly #publicKey: KeyObject;
  readonly #header: string;
  readonly #seconds: number;
  readonly #issuer: string;
  readonly #audience: string;
  /** The public half of the key. */
  readonly jwk: SigningKey;

  /** `pkcs8`: an Ed25519 private key in DER. `minutes`: how long a token is good. Throws when it is another kind of key. */
  constructor(options: { pkcs8: Buffer; issuer: string; audience: string; minutes: number }) {
    this.#privateKey = createPrivateKey({ key: options.pkcs8, format: 'der', type: 'pkcs8' });
    if (this.#privateKey.asymmetricKeyType !== 'ed25519')
      throw new Error('the signing key is not an Ed25519 key');
    this.#publicKey = createPublicKey(this.#privateKey);
    this.jwk = jwkOf(this.#publicKey);
    this.#header = encode({ alg: 'EdDSA', typ: 'at+jwt', kid: this.jwk.kid });
    this.#seconds = options.minutes * 60;
    this.#issuer = options.issuer;
    this.#audience = options.audience;
  }

  /** Returns a token for a session, good from `now` (Unix milliseconds) until its expiry, which never passes `not_after`. */
  issue(subject: AccessSubject, now: number, not_after: number): SignedAccessToken {
    const iat = Math.floor(now / 1000);
    const exp = Math.min(iat + this.#seconds, Math.floor(not_after / 1000));
    const claims: AccessClaims = { iss: this.#issuer, aud: this.#audience, ...subject, iat, exp };
    const signed = `${this.#header}.${encode(claims)}`;
    const signature = sign(null, Buffer.from(signed), this.#privateKey).toString('base64url');
    return { token: `${signed}.${signature}`, expires_at: exp * 1000 };
  }

  /**
   * The claims of a token that this server signed, not in the future and not expired, or null. Says nothing about the session: it
   * may have ended since.
   */
  verify(token: string, now: number): AccessClaims | null {
    if (token.length > TOKEN_LENGTH_MAX) return null;
    const [, header, payload, signature] = FORM.exec(token) ?? [];
    if (header !== this.#header || payload === undefined || signature === undefined) return null;
    const bytes = Buffer.from(signature, 'base64url');
    // Two spellings of one signature differ in the spare bits of the last character; only the canonical one passes.
    if (bytes.toString('base64url') !== signature) return null;
    if (!verify(null, Buffer.from(`${header}.${payload}`), this.#publicKey, bytes)) return null;
    const parsed = parseGuarded(Buffer.from(payload, 'base64url'));
    const claims = 'value' in parsed ? claimsSchema.safeParse(parsed.value).data : undefined;
    if (claims?.iss !== this.#issuer || claims.aud !== this.#audience) return null;
    if (claims.iat * 1000 > now + IAT_LEEWAY_SECONDS * 1000) return null;
    return now < claims.exp * 1000 ? claims : null;
  }
}
