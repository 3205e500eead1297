/**
 * The certificate and key with which the server speaks TLS: made here and kept in the data folder, or brought by whoever
 * runs the server. Clients pin the public key, so the key is what lasts and the certificate is only its wrapper. Knows
 * no socket and no configuration.
 */
import {
  createPrivateKey,
  createPublicKey,
  generateKeyPairSync,
  webcrypto,
  X509Certificate,
  type KeyObject,
} from 'node:crypto';
import { readFileSync, statSync } from 'node:fs';
import { hostname } from 'node:os';
import { join } from 'node:path';
import { createSecureContext } from 'node:tls';
import { pinOf } from '../../protocol/index.js';
import { codeOf, DataFolderError, meaningOf } from './file_faults.js';
import { kindOf, readPrivate, writePrivate } from './private_files.js';

export const TLS_CERTIFICATE_FILE = 'tls_cert.pem';
export const TLS_KEY_FILE = 'tls_key.pem';

const DAY_MS = 86_400_000;
/** Nobody renews by hand what nobody sees, and the pin, not the date, is what clients go by. */
const LIFE_MS = 10 * 365 * DAY_MS;
/** A server that is started once a year never shows an expired certificate. */
const RENEW_BEFORE_MS = 365 * DAY_MS;
/** Clients whose clock is behind by up to a day take a fresh certificate too. */
const BACKDATED_MS = DAY_MS;
/** A host name that can stand in a certificate as it is. */
const DNS_NAME = /^[A-Za-z0-9.-]{1,253}$/;
const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' } as const;

/** A certificate or key that can't be used; the message is one sentence and says which file. */
export class CertificateError extends Error {
  override readonly name = 'CertificateError';
}

/** What a TLS listener shows. `key` is a secret. */
export type TlsIdentity = {
  /** PEM; a chain begins with the server's own certificate. */
  readonly certificate: string;
  readonly key: string;
  /** What clients pin: the hash of the public key. */
  readonly pin: string;
};

const pinOfKey = (key: KeyObject): string =>
  pinOf(createPublicKey(key).export({ type: 'spki', format: 'der' }));

const from = (certificate: X509Certificate): number => Date.parse(certificate.validFrom);
const to = (certificate: X509Certificate): number => Date.parse(certificate.validTo);
const dayOf = (time: number): string => new Date(time).toISOString().slice(0, 10);

/**
 * Returns the certificate in the data folder; made on first need, and made anew with the same key when it is missing, nearly
 * over or of another time. `made` says which. Throws DataFolderError or CertificateError.
 */
export async function folderCertificate(
  folder: string,
  now: number,
): Promise<{ readonly identity: TlsIdentity; readonly made: 'kept' | 'new' | 'renewed' }> {
  const certificatePath = join(folder, TLS_CERTIFICATE_FILE);
  const keyPath = join(folder, TLS_KEY_FILE);
  const certificateText = readPrivate(certificatePath);
  const keyText = readPrivate(keyPath);
  if (keyText === null) {
    if (certificateText !== null) {
      throw new DataFolderError(
        `The file ${keyPath} is missing beside its certificate. Put a copy of it in its place, or remove ` +
          `${certificatePath} too: then a new key is made and every client needs the new connection string.`,
      );
    }
    const { privateKey } = generateKeyPairSync('ec', { namedCurve: 'P-256' });
    const pem = privateKey.export({ type: 'pkcs8', format: 'pem' }).toString();
    // The key first: without a certificate it gets one at the next start, the other way round it would be lost.
    writePrivate(keyPath, pem);
    return { identity: await renewed(certificatePath, pem, now), made: 'new' };
  }
  const key = folderKey(keyPath, keyText);
  const kept = certificateText === null ? null : parseCertificate(certificatePath, certificateText);
  if (kept === null || from(kept) > now || !(to(kept) - RENEW_BEFORE_MS > now)) {
    return { identity: await renewed(certificatePath, keyText, now), made: 'renewed' };
  }
  if (!kept.checkPrivateKey(key)) {
    throw new CertificateError(
      `The certificate ${certificatePath} does not belong to the key ${keyPath}; remove the certificate to have a new ` +
        'one made, and name a certificate of your own with --tls-cert and --tls-key.',
    );
  }
  const certificate = certificateText ?? '';
  return { identity: { certificate, key: keyText, pin: pinOfKey(key) }, made: 'kept' };
}

function folderKey(path: string, pem: string): KeyObject {
  const key = parseKey(path, pem);
  if (key.asymmetricKeyType === 'ec' && key.asymmetricKeyDetails?.namedCurve === 'prime256v1') return key;
  throw new CertificateError(
    `The key ${path} is not the P-256 key that this server made; name a key of your own with --tls-key instead.`,
  );
}

/** Returns a certificate for the key, written over the one at `path`. */
async function renewed(path: string, keyPem: string, now: number): Promise<TlsIdentity> {
  const key = createPrivateKey(keyPem);
  const certificate = await selfSigned(key, now);
  writePrivate(path, certificate);
  return { certificate, key: keyPem, pin: pinOfKey(key) };
}

async function selfSigned(key: KeyObject, now: number): Promise<string> {
  // Loaded here because it takes a quarter of a second and most starts make no certificate.
  const { GeneralName, SubjectAlternativeNameExtension, X509CertificateGenerator } =
    await import('@peculiar/x509');
  const { subtle } = webcrypto;
  const spki = createPublicKey(key).export({ type: 'spki', format: 'der' });
  const pkcs8 = key.export({ type: 'pkcs8', format: 'der' });
  const names = ['localhost', hostname()].filter(
    (name, at, all) => DNS_NAME.test(name) && all.indexOf(name) === at,
  );
  const certificate = await X509CertificateGenerator.createSelfSigned(
    {
      name: 'CN=Portcullis',
      notBefore: new Date(now - BACKDATED_MS),
      notAfter: new Date(now + LIFE_MS),
      signingAlgorithm: ALGORITHM,
      keys: {
        publicKey: await subtle.importKey('spki', spki, ALGORITHM, true, ['verify']),
        privateKey: await subtle.importKey('pkcs8', pkcs8, ALGORITHM, false, ['sign']),
      },
      extensions: [
        new SubjectAlternativeNameExtension([
          ...names.map((name) => new GeneralName('dns', name)),
          new GeneralName('ip', '127.0.0.1'),
          new GeneralName('ip', '::1'),
        ]),
      ],
    },
    webcrypto,
  );
  return `${certificate.toString('pem')}\n`;
}

/** Returns the certificate and key that whoever runs the server brought. Throws CertificateError. */
export function ownCertificate(certificatePath: string, keyPath: string, now: number): TlsIdentity {
  const certificate = readOwn('certificate', certificatePath);
  const key = readOwn('key', keyPath);
  const leaf = parseCertificate(certificatePath, certificate);
  const private_key = parseKey(keyPath, key);
  if (!leaf.checkPrivateKey(private_key)) {
    throw new CertificateError(`The certificate ${certificatePath} does not belong to the key ${keyPath}.`);
  }
  if (!(to(leaf) > now)) {
    throw new CertificateError(`The certificate ${certificatePath} has expired on ${dayOf(to(leaf))}.`);
  }
  if (from(leaf) > now) {
    throw new CertificateError(
      `The certificate ${certificatePath} is not valid before ${dayOf(from(leaf))}; is the clock right?`,
    );
  }
  try {
    createSecureContext({ cert: certificate, key, minVersion: 'TLSv1.3' });
  } catch (error) {
    throw new CertificateError(
      `TLS can not use the certificate ${certificatePath} with the key ${keyPath} (${codeOf(error)}).`,
    );
  }
  return { certificate, key, pin: pinOfKey(private_key) };
}

function readOwn(what: 'certificate' | 'key', path: string): string {
  try {
    // A link may be followed, as those that renew certificates make one; a pipe would be waited for without end.
    const stats = statSync(path);
    if (!stats.isFile()) throw new CertificateError(`The ${what} ${path} is ${kindOf(stats)} and no file.`);
    return readFileSync(path, 'utf8');
  } catch (error) {
    if (error instanceof CertificateError) throw error;
    const code = codeOf(error);
    throw new CertificateError(
      code === 'ENOENT'
        ? `There is no ${what} ${path}.`
        : `The ${what} ${path} can not be read (${code}). ${meaningOf(code)}`,
    );
  }
}

function parseCertificate(path: string, pem: string): X509Certificate {
  try {
    return new X509Certificate(pem);
  } catch {
    throw new CertificateError(`The file ${path} does not hold a certificate in PEM.`);
  }
}

function parseKey(path: string, pem: string): KeyObject {
  try {
    return createPrivateKey(pem);
  } catch (error) {
    // OpenSSL's word for a passphrase that it asked for and nobody gave.
    throw new CertificateError(
      codeOf(error) === 'ERR_OSSL_CRYPTO_INTERRUPTED_OR_CANCELLED'
        ? `The key ${path} is protected by a passphrase; a server that starts by itself needs it without one.`
        : `The file ${path} does not hold a private key in PEM.`,
    );
  }
}
