/** Certificates for tests, made on the spot: self-signed, or signed by an authority that the test made as well. */
import { createPublicKey, generateKeyPairSync, webcrypto, type KeyObject } from 'node:crypto';
import {
  BasicConstraintsExtension,
  GeneralName,
  SubjectAlternativeNameExtension,
  X509CertificateGenerator,
} from '@peculiar/x509';
import { pinOf } from '../../src/protocol/index.js';

const ALGORITHM = { name: 'ECDSA', namedCurve: 'P-256', hash: 'SHA-256' };
const DAY_MS = 86_400_000;

export type TestCertificate = {
  /** PEM. */
  readonly certificate: string;
  readonly key: string;
  readonly pin: string;
  readonly private_key: KeyObject;
};

export type CertificateOptions = {
  /** Names in it; `localhost` and 127.0.0.1 unless told. */
  readonly hosts?: readonly string[];
  readonly from?: number;
  readonly to?: number;
  /** Who signs it; itself unless told. */
  readonly issuer?: TestCertificate;
  /** Its key; a new one on P-256 unless told. */
  readonly private_key?: KeyObject;
};

export async function makeCertificate(options: CertificateOptions = {}): Promise<TestCertificate> {
  const {
    hosts = ['localhost', '127.0.0.1'],
    from = Date.now() - DAY_MS,
    to = Date.now() + DAY_MS,
  } = options;
  const { private_key = generateKeyPairSync('ec', { namedCurve: 'P-256' }).privateKey } = options;
  const spki = createPublicKey(private_key).export({ type: 'spki', format: 'der' });
  const signer = options.issuer?.private_key ?? private_key;
  const made = await X509CertificateGenerator.create(
    {
      subject: options.issuer === undefined ? 'CN=Issuer' : 'CN=Subject',
      issuer: 'CN=Issuer',
      notBefore: new Date(from),
      notAfter: new Date(to),
      signingAlgorithm: ALGORITHM,
      publicKey: spki,
      signingKey: await webcrypto.subtle.importKey(
        'pkcs8',
        signer.export({ type: 'pkcs8', format: 'der' }),
        ALGORITHM,
        false,
        ['sign'],
      ),
      extensions: [
        new BasicConstraintsExtension(options.issuer === undefined, undefined, true),
        new SubjectAlternativeNameExtension(
          hosts.map((host) => new GeneralName(/^[0-9.]+$|:/.test(host) ? 'ip' : 'dns', host)),
        ),
      ],
    },
    webcrypto,
  );
  return {
    certificate: `${made.toString('pem')}\n`,
    key: private_key.export({ type: 'pkcs8', format: 'pem' }).toString(),
    pin: pinOf(spki),
    private_key,
  };
}
