/** The doctor on the certificate: whether it is there when it is needed, valid, and of its key. */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { servesTls } from '../channel/index.js';
import type { Config } from '../config.js';
import { TLS_CERTIFICATE_FILE, TLS_KEY_FILE } from '../data_folder/index.js';
import { failed, ok, warning, type Finding } from './finding.js';

const CHECK = 'certificate';
const DAY_MS = 86_400_000;
/** Time to get another one from whoever issues them. */
const WARN_BEFORE_MS = 30 * DAY_MS;

export function checkCertificate(config: Config, now: number): Finding {
  const own = config.tls_cert !== '';
  const certificatePath = own ? config.tls_cert : join(config.data, TLS_CERTIFICATE_FILE);
  const keyPath = own ? config.tls_key : join(config.data, TLS_KEY_FILE);
  if (!own && !existsSync(certificatePath)) {
    return servesTls(config)
      ? warning(CHECK, 'There is no certificate yet.', 'The next start of the server makes it.')
      : ok(CHECK, 'No certificate is needed: plain TCP, for this machine.');
  }
  const remedy = own
    ? 'Put another certificate in its place, then start the server again.'
    : 'Start the server again: it renews the certificate, and the pin stays.';
  let certificate: X509Certificate;
  let matches: boolean;
  try {
    certificate = new X509Certificate(readFileSync(certificatePath));
    matches = certificate.checkPrivateKey(createPrivateKey(readFileSync(keyPath)));
  } catch {
    const says = `The certificate ${certificatePath} or its key ${keyPath} can not be read as PEM.`;
    return failed(
      CHECK,
      says,
      'Put copies in their place, or remove both: then clients need the new connection string.',
    );
  }
  const begins = Date.parse(certificate.validFrom);
  const ends = Date.parse(certificate.validTo);
  const day = new Date(ends).toISOString().slice(0, 10);
  if (!matches)
    return failed(CHECK, `The certificate ${certificatePath} is not of the key ${keyPath}.`, remedy);
  if (begins > now)
    return failed(CHECK, `The certificate ${certificatePath} is not valid yet.`, 'Look at the clock.');
  if (ends <= now) return failed(CHECK, `The certificate ${certificatePath} has expired on ${day}.`, remedy);
  if (ends - now < WARN_BEFORE_MS)
    return warning(CHECK, `The certificate ${certificatePath} expires on ${day}.`, remedy);
  return ok(CHECK, `The certificate is of its key and valid until ${day}.`);
}
