/** Access tokens against jose, which has to understand ours, and against every form that must not pass. */
import {
  createHmac,
  createPublicKey,
  generateKeyPairSync,
  randomBytes,
  sign,
  type KeyObject,
} from 'node:crypto';
import { calculateJwkThumbprint, decodeProtectedHeader, jwtVerify, SignJWT, UnsecuredJWT } from 'jose';
import { describe, expect, test } from 'vitest';
import { ACCESS_TOKEN_MINUTES, AccessTokens } from '../../../src/server/crypto/index.js';

const pkcs8Of = (key: KeyObject): Buffer => key.export({ type: 'pkcs8', format: 'der' });
const PRIVATE = generateKeyPairSync('ed25519').privateKey;
const PKCS8 = pkcs8Of(PRIVATE);
const PUBLIC = createPublicKey(PRIVATE);
/** A full second, so that `iat` is exact. */
const NOW = Date.UTC(2026, 10, 20, 12);
const DAY_MS = 86_400_000;
const OURS = { issuer: 'Portcullis', audience: 'portcullis', minutes: ACCESS_TOKEN_MINUTES };
const LIFE_MS = ACCESS_TOKEN_MINUTES * 60_000;
const tokens = new AccessTokens({ pkcs8: PKCS8, ...OURS });
const SUBJECT = {
  sub: 'a_7Qh2mZp0Lr4sTx9VbN1c',
  name: 'anna',
  sid: 's_1dK8wYc5Gf3hJq7RzU2e',
  jti: 'j_0123456789abcdefghij',
};
const HEADER = { alg: 'EdDSA', typ: 'at+jwt', kid: tokens.jwk.kid };
const CLAIMS = {
  iss: OURS.issuer,
  aud: OURS.audience,
  ...SUBJECT,
  iat: NOW / 1000,
  exp: (NOW + LIFE_MS) / 1000,
};

const encode = (text: string): string => Buffer.from(text).toString('base64url');
const issued = (): string => tokens.issue(SUBJECT, NOW, NOW + DAY_MS).token;

/** Signed with the real key, whatever header and payload say. */
function signed(header: object | string, payload: object | string): string {
  const text = [header, payload]
    .map((part) => encode(typeof part === 'string' ? part : JSON.stringify(part)))
    .join('.');
  return `${text}.${sign(null, Buffer.from(text), PRIVATE).toString('base64url')}`;
}

describe('what is issued', () => {
  test('jose accepts it, with the algorithm, type, issuer and audience that are documented', async () => {
    const { payload, protectedHeader } = await jwtVerify(issued(), PUBLIC, {
      ...OURS,
      typ: 'at+jwt',
      algorithms: ['EdDSA'],
      currentDate: new Date(NOW),
      requiredClaims: ['sub', 'sid', 'jti', 'iat', 'exp', 'name'],
    });
    expect(protectedHeader).toEqual(HEADER);
    expect(payload).toEqual(CLAIMS);
  });

  test('the kid is the RFC 7638 thumbprint of the public key', async () => {
    const { x } = PUBLIC.export({ format: 'jwk' });
    const jwk = { kty: 'OKP', crv: 'Ed25519', x: x ?? '' };
    expect(decodeProtectedHeader(issued()).kid).toBe(await calculateJwkThumbprint(jwk));
  });

  test('it is good for at most 15 minutes, and never longer than its session', () => {
    expect(ACCESS_TOKEN_MINUTES).toBe(15);
    const day = new AccessTokens({ pkcs8: PKCS8, ...OURS, minutes: 1_440 });
    expect(day.issue(SUBJECT, NOW, NOW + 2 * DAY_MS).expires_at).toBe(NOW + DAY_MS);
    expect(day.issue(SUBJECT, NOW, NOW + 5_500).expires_at).toBe(NOW + 5_000);
    expect(tokens.issue(SUBJECT, NOW, NOW + DAY_MS).expires_at).toBe(NOW + LIFE_MS);
    expect(tokens.issue(SUBJECT, NOW, NOW + 5_500).expires_at).toBe(NOW + 5_000);
  });

  test('jose refuses it once it has expired, and for another audience', async () => {
    const late = { currentDate: new Date(NOW + LIFE_MS) };
    await expect(jwtVerify(issued(), PUBLIC, late)).rejects.toMatchObject({ code: 'ERR_JWT_EXPIRED' });
    const elsewhere = { currentDate: new Date(NOW), audience: 'another' };
    await expect(jwtVerify(issued(), PUBLIC, elsewhere)).rejects.toMatchObject({
      code: 'ERR_JWT_CLAIM_VALIDATION_FAILED',
    });
  });
});

describe('what is accepted', () => {
  test('a token that jose made with our key, header and claims', async () => {
    const made = await new SignJWT(CLAIMS).setProtectedHeader(HEADER).sign(PRIVATE);
    expect(tokens.verify(made, NOW)).toEqual(CLAIMS);
  });

  test('our own, until the millisecond of its end', () => {
    const { token, expires_at } = tokens.issue(SUBJECT, NOW, NOW + DAY_MS);
    expect(tokens.verify(token, NOW)).toEqual(CLAIMS);
    expect(tokens.verify(token, expires_at - 1)).toEqual(CLAIMS);
    expect(tokens.verify(token, expires_at)).toBeNull();
  });

  test('none from the future, though we signed it: a clock that was set back is forgiven a minute', async () => {
    const from = (ahead_seconds: number) => {
      const iat = NOW / 1000 + ahead_seconds;
      return new SignJWT({ ...CLAIMS, iat, exp: iat + 600 }).setProtectedHeader(HEADER).sign(PRIVATE);
    };
    expect(tokens.verify(await from(60), NOW)).not.toBeNull();
    expect(tokens.verify(await from(61), NOW)).toBeNull();
    expect(tokens.verify(await from(86_400), NOW)).toBeNull();
    expect(tokens.verify(await from(61), NOW + 1_000)).not.toBeNull();
  });

  test('none of another start: a key made anew ends all tokens of the old one', () => {
    const other = new AccessTokens({ pkcs8: pkcs8Of(generateKeyPairSync('ed25519').privateKey), ...OURS });
    expect(other.verify(issued(), NOW)).toBeNull();
    expect(tokens.verify(other.issue(SUBJECT, NOW, NOW + DAY_MS).token, NOW)).toBeNull();
  });

  test('no key of another kind', () => {
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    expect(() => new AccessTokens({ pkcs8: pkcs8Of(rsa), ...OURS })).toThrow('not an Ed25519 key');
  });
});

describe('what is refused', () => {
  const [header = '', payload = '', signature = ''] = issued().split('.');
  const hs256 = (secret: string | Buffer): string => {
    const text = `${encode(JSON.stringify({ alg: 'HS256', typ: 'at+jwt', kid: tokens.jwk.kid }))}.${payload}`;
    return `${text}.${createHmac('sha256', secret).update(text).digest('base64url')}`;
  };
  const spki = PUBLIC.export({ type: 'spki', format: 'pem' });

  test.each<[string, string]>([
    ['nothing', ''],
    ['alg none', new UnsecuredJWT(CLAIMS).encode()],
    ['alg none with our signature', signed({ ...HEADER, alg: 'none' }, CLAIMS)],
    ['alg None in another case', signed({ ...HEADER, alg: 'nOnE' }, CLAIMS)],
    ['HS256 keyed with the public key in PEM', hs256(spki)],
    ['HS256 keyed with the public key in DER', hs256(PUBLIC.export({ type: 'spki', format: 'der' }))],
    ['our signature under HS256', signed({ ...HEADER, alg: 'HS256' }, CLAIMS)],
    ['another kid', signed({ ...HEADER, kid: randomBytes(32).toString('base64url') }, CLAIMS)],
    ['no kid', signed({ alg: 'EdDSA', typ: 'at+jwt' }, CLAIMS)],
    ['typ JWT', signed({ ...HEADER, typ: 'JWT' }, CLAIMS)],
    ['a jwk of its own', signed({ ...HEADER, jwk: PUBLIC.export({ format: 'jwk' }) }, CLAIMS)],
    ['a jku', signed({ ...HEADER, jku: 'https://attacker.test/jwks' }, CLAIMS)],
    ['crit', signed({ ...HEADER, crit: ['exp'] }, CLAIMS)],
    ['b64 false', signed({ ...HEADER, b64: false }, CLAIMS)],
    ['the header in another order', signed({ typ: 'at+jwt', alg: 'EdDSA', kid: tokens.jwk.kid }, CLAIMS)],
    ['the header with spaces', signed(JSON.stringify(HEADER, null, 1), CLAIMS)],
    ['one dot too many in front', `.${issued()}`],
    ['one dot too many behind', `${issued()}.`],
    ['two dots inside', `${header}..${payload}.${signature}`],
    ['four parts', `${issued()}.${signature}`],
    ['five parts, as encrypted ones have', `${header}.${payload}.${signature}.${payload}.${signature}`],
    ['two parts', `${header}.${payload}`],
    ['no signature', `${header}.${payload}.`],
    ['padding behind the signature', `${issued()}=`],
    ['padding behind the signature, complete', `${issued()}==`],
    ['padding behind the payload', `${header}.${payload}=.${signature}`],
    ['standard base64', `${header}.${payload}.${signature.replaceAll('-', '+').replaceAll('_', '/')}+`],
    ['a space behind', `${issued()} `],
    ['a line break behind', `${issued()}\n`],
    ['a line break inside', `${header}.\n${payload}.${signature}`],
    ['Bearer in front', `Bearer ${issued()}`],
    ['a signature that is one byte short', `${header}.${payload}.${signature.slice(0, -2)}`],
    ['a signature that is one character long', `${header}.${payload}.${signature}A`],
    ['a signature of zeroes', `${header}.${payload}.${'A'.repeat(86)}`],
    ['an empty payload', signed(HEADER, '')],
    ['a payload that is no object', signed(HEADER, '[]')],
    ['a payload that is no JSON', signed(HEADER, '{')],
    [
      'duplicate claims, the last one sound',
      signed(HEADER, `{"sub":"a_other","iss":"x",${JSON.stringify(CLAIMS).slice(1)}`),
    ],
    [
      'a duplicate claim in another spelling',
      signed(HEADER, `${JSON.stringify(CLAIMS).slice(0, -1)},"\\u0073ub":"a_other"}`),
    ],
    ['a claim of a prototype', signed(HEADER, `{"__proto__":{},${JSON.stringify(CLAIMS).slice(1)}`)],
    ['another issuer', signed(HEADER, { ...CLAIMS, iss: 'Another' })],
    ['another audience', signed(HEADER, { ...CLAIMS, aud: 'another' })],
    ['a list of audiences', signed(HEADER, { ...CLAIMS, aud: [OURS.audience, 'another'] })],
    ['no end', signed(HEADER, { ...CLAIMS, exp: undefined })],
    ['an end that is text', signed(HEADER, { ...CLAIMS, exp: String(CLAIMS.exp) })],
    ['an end that is no whole second', signed(HEADER, { ...CLAIMS, exp: CLAIMS.exp + 0.5 })],
    [
      'an end beyond all numbers',
      signed(HEADER, JSON.stringify(CLAIMS).replace(String(CLAIMS.exp), '1e400')),
    ],
    ['an expired one', signed(HEADER, { ...CLAIMS, exp: NOW / 1000 - 1 })],
    ['one that ends now', signed(HEADER, { ...CLAIMS, exp: NOW / 1000 })],
    ['a claim that we do not know', signed(HEADER, { ...CLAIMS, roles: ['admin'] })],
    ['5 KiB that are signed', signed(HEADER, { ...CLAIMS, name: 'x'.repeat(5 * 1024) })],
    ['5 KiB of letters', 'A'.repeat(5 * 1024)],
    ['5 KiB of dots', '.'.repeat(5 * 1024)],
  ])('%s', (_what, token) => {
    expect(tokens.verify(token, NOW)).toBeNull();
  });

  test('every other spelling of the last character, though it decodes to the same signature', () => {
    const last = signature.at(-1) ?? '';
    const bytes = Buffer.from(signature, 'base64url');
    const alphabet = 'ABCDEFGHIJKLMNOPQRSTUVWXYZabcdefghijklmnopqrstuvwxyz0123456789-_';
    let same = 0;
    for (const letter of alphabet) {
      if (letter === last) continue;
      const spelled = `${signature.slice(0, -1)}${letter}`;
      if (Buffer.from(spelled, 'base64url').equals(bytes)) same += 1;
      expect(tokens.verify(`${header}.${payload}.${spelled}`, NOW), letter).toBeNull();
    }
    // 64 bytes leave four spare bits: without the check, fifteen more spellings would pass.
    expect(same).toBe(15);
  });

  test('every flipped bit of the signature, and every changed character of the payload', () => {
    const bytes = Buffer.from(signature, 'base64url');
    for (let bit = 0; bit < 512; bit += 1) {
      const flipped = Buffer.from(bytes);
      flipped[bit >> 3] = (flipped[bit >> 3] ?? 0) ^ (1 << (bit & 7));
      expect(tokens.verify(`${header}.${payload}.${flipped.toString('base64url')}`, NOW)).toBeNull();
    }
    for (let at = 0; at < payload.length; at += 1) {
      const other = payload[at] === 'A' ? 'B' : 'A';
      const changed = `${payload.slice(0, at)}${other}${payload.slice(at + 1)}`;
      expect(tokens.verify(`${header}.${changed}.${signature}`, NOW)).toBeNull();
    }
  });
});
