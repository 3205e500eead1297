/** The certificate files: made, kept, renewed with the same key, and refused with a sentence. */
import { generateKeyPairSync, X509Certificate } from 'node:crypto';
import { chmodSync, mkdtempSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { hostname, tmpdir } from 'node:os';
import { join } from 'node:path';
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { pinMatches, pinOf } from '../../../src/protocol/index.js';
import { folderCertificate, ownCertificate } from '../../../src/server/data_folder/index.js';
import { makeCertificate } from '../../support/certificates.js';

const YEAR_MS = 365 * 86_400_000;
const NOW = Date.UTC(2026, 10, 20);

let folder: string;
const path = (name: string): string => join(folder, name);
beforeEach(() => (folder = mkdtempSync(join(tmpdir(), 'portcullis-tls-'))));
afterEach(() => rmSync(folder, { recursive: true }));

/** The sentence of what is thrown; it has to be one. */
async function sentenceOf(run: () => unknown): Promise<string> {
  try {
    await run();
  } catch (error) {
    const { message } = error as Error;
    expect(message).toMatch(/^[A-Z][^\n]{15,}[.?]$/);
    expect(message).not.toContain('PRIVATE KEY');
    return message;
  }
  throw new Error('nothing was thrown');
}

describe('the certificate in the data folder', () => {
  test('is made on first need: P-256, ten years, names of this machine, for its owner alone', async () => {
    const { identity, made } = await folderCertificate(folder, NOW);
    expect(made).toBe('new');
    const certificate = new X509Certificate(readFileSync(path('tls_cert.pem')));
    expect(certificate.publicKey.asymmetricKeyDetails).toEqual({ namedCurve: 'prime256v1' });
    expect(Date.parse(certificate.validTo) - NOW).toBe(10 * YEAR_MS);
    expect(Date.parse(certificate.validFrom)).toBeLessThan(NOW);
    expect(certificate.verify(certificate.publicKey)).toBe(true);
    expect(certificate.checkHost('localhost')).toBe('localhost');
    expect(certificate.checkHost(hostname())).toBe(hostname());
    expect(certificate.checkIP('127.0.0.1')).toBe('127.0.0.1');
    expect(certificate.checkIP('::1')).toBe('::1');
    expect(statSync(path('tls_key.pem')).mode & 0o777).toBe(0o600);
    expect(identity.pin).toBe(pinOf(certificate.publicKey.export({ type: 'spki', format: 'der' })));
    expect(identity.certificate).toBe(readFileSync(path('tls_cert.pem'), 'utf8'));
  });

  test('is kept, and rights of others on the key are taken away', async () => {
    const first = await folderCertificate(folder, NOW);
    chmodSync(path('tls_key.pem'), 0o644);
    const second = await folderCertificate(folder, NOW + 8 * YEAR_MS);
    expect(second).toEqual({ identity: first.identity, made: 'kept' });
    expect(statSync(path('tls_key.pem')).mode & 0o777).toBe(0o600);
  });

  test.each([
    ['expired', 11 * YEAR_MS],
    ['within its last year', 9.5 * YEAR_MS],
    ['of a time to come', -2 * YEAR_MS],
  ])('%s: renewed with the same key, so the pin stays', async (_what, later) => {
    const first = await folderCertificate(folder, NOW);
    const second = await folderCertificate(folder, NOW + later);
    expect(second.made).toBe('renewed');
    expect(second.identity.pin).toBe(first.identity.pin);
    expect(second.identity.key).toBe(first.identity.key);
    expect(second.identity.certificate).not.toBe(first.identity.certificate);
    const certificate = new X509Certificate(readFileSync(path('tls_cert.pem')));
    expect(Date.parse(certificate.validTo) - NOW - later).toBe(10 * YEAR_MS);
    expect(await folderCertificate(folder, NOW + later)).toMatchObject({ made: 'kept' });
  });

  test('lost: made anew for the same key', async () => {
    const first = await folderCertificate(folder, NOW);
    rmSync(path('tls_cert.pem'));
    const second = await folderCertificate(folder, NOW);
    expect(second).toMatchObject({ made: 'renewed', identity: { pin: first.identity.pin } });
  });

  test('whose key is lost: a sentence, because a new key would change the pin behind everyone’s back', async () => {
    await folderCertificate(folder, NOW);
    rmSync(path('tls_key.pem'));
    expect(await sentenceOf(() => folderCertificate(folder, NOW))).toContain('is missing');
  });

  test('damaged files: a sentence that names the file', async () => {
    await folderCertificate(folder, NOW);
    const { key } = await makeCertificate();
    const kept = readFileSync(path('tls_key.pem'));
    writeFileSync(path('tls_key.pem'), key);
    expect(await sentenceOf(() => folderCertificate(folder, NOW))).toContain('does not belong to');
    writeFileSync(path('tls_key.pem'), 'x');
    expect(await sentenceOf(() => folderCertificate(folder, NOW))).toContain(path('tls_key.pem'));
    const rsa = generateKeyPairSync('rsa', { modulusLength: 2048 }).privateKey;
    writeFileSync(path('tls_key.pem'), rsa.export({ type: 'pkcs8', format: 'pem' }));
    expect(await sentenceOf(() => folderCertificate(folder, NOW))).toContain('P-256');
    writeFileSync(path('tls_key.pem'), kept);
    writeFileSync(path('tls_cert.pem'), 'x');
    expect(await sentenceOf(() => folderCertificate(folder, NOW))).toContain(path('tls_cert.pem'));
  });
});

describe('a certificate of one’s own', () => {
  const write = (name: string, text: string): string => {
    writeFileSync(path(name), text);
    return path(name);
  };

  test('is taken with its chain', async () => {
    const authority = await makeCertificate();
    const made = await makeCertificate({ issuer: authority });
    const certificate = write('c.pem', made.certificate + authority.certificate);
    const identity = ownCertificate(certificate, write('k.pem', made.key), Date.now());
    expect(identity).toEqual({
      certificate: made.certificate + authority.certificate,
      key: made.key,
      pin: made.pin,
    });
  });

  test('missing, no PEM, not matching, expired, not yet valid, with a passphrase: each has its sentence', async () => {
    const made = await makeCertificate();
    const other = await makeCertificate();
    const certificate = write('c.pem', made.certificate);
    const key = write('k.pem', made.key);
    const at = Date.now();
    const day = 86_400_000;
    expect(await sentenceOf(() => ownCertificate(path('none'), key, at))).toContain(
      'There is no certificate',
    );
    expect(await sentenceOf(() => ownCertificate(certificate, path('none'), at))).toContain(
      'There is no key',
    );
    expect(await sentenceOf(() => ownCertificate(folder, key, at))).toContain('is a folder and no file');
    expect(await sentenceOf(() => ownCertificate(key, key, at))).toContain('does not hold a certificate');
    expect(await sentenceOf(() => ownCertificate(certificate, certificate, at))).toContain(
      'private key in PEM',
    );
    expect(await sentenceOf(() => ownCertificate(certificate, write('o.pem', other.key), at))).toContain(
      'does not belong to',
    );
    expect(await sentenceOf(() => ownCertificate(certificate, key, at + 2 * day))).toMatch(
      /has expired on \d{4}-\d\d-\d\d\.$/,
    );
    expect(await sentenceOf(() => ownCertificate(certificate, key, at - 2 * day))).toContain(
      'not valid before',
    );
    const locked = made.private_key.export({
      type: 'pkcs8',
      format: 'pem',
      cipher: 'aes-256-cbc',
      passphrase: 'x',
    });
    expect(
      await sentenceOf(() => ownCertificate(certificate, write('l.pem', locked.toString()), at)),
    ).toContain('passphrase');
  });

  test('that OpenSSL finds too weak is refused before anyone connects', async () => {
    const { privateKey } = generateKeyPairSync('rsa', { modulusLength: 512 });
    const made = await makeCertificate({ private_key: privateKey, issuer: await makeCertificate() });
    const certificate = write('c.pem', made.certificate);
    const key = write('k.pem', made.key);
    expect(await sentenceOf(() => ownCertificate(certificate, key, Date.now()))).toContain('TLS can not use');
  });
});

describe('pins', () => {
  test('match one key and nothing else', () => {
    const der = Buffer.from('a public key');
    const pin = pinOf(der);
    expect(pin).toMatch(/^sha256-[A-Za-z0-9_-]{43}$/);
    expect(pinMatches(pin, der)).toBe(true);
    expect(pinMatches(pin, Buffer.from('another key'))).toBe(false);
    for (const other of [
      '',
      'sha256-',
      pin.slice(0, -1),
      `${pin}A`,
      pin.replace('256', '512'),
      pin.slice(7),
    ]) {
      expect(pinMatches(other, der)).toBe(false);
    }
  });
});
