/**
 * The doctor on the certificate: the one that a running server shows, which it has read at its start, and the file that the next
 * start reads. Whether they are there when they are needed, valid, of their key, and the same.
 */
import { createPrivateKey, X509Certificate } from 'node:crypto';
import { existsSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { servesTls } from '../channel/index.js';
import type { Config } from '../config.js';
import { TLS_CERTIFICATE_FILE, TLS_KEY_FILE, type ServerFile } from '../data_folder/index.js';
import { pinOf } from '../../protocol/index.js';
import { failed, ok, warning, type Finding } from './finding.js';
import { servedCertificate } from './running_server.js';

const CHECK = 'certificate';
const DAY_MS = 86_400_000;
/** Time to get another one from whoever issues them. */
const WARN_BEFORE_MS = 30 * DAY_MS;

const endOf = ({ validTo }: X509Certificate): number => Date.parse(validTo);
const dayOf = (certificate: X509Certificate): string =>
  new Date(endOf(certificate)).toISOString().slice(0, 10);
const pinOfCertificate = ({ publicKey }: X509Certificate): string =>
  pinOf(publicKey.export({ type: 'spki', format: 'der' }));

/** Returns what is wrong with the time for which a certificate is valid, or null. `what` begins the sentence. */
function timeFinding(
  certificate: X509Certificate,
  what: string,
  remedy: string,
  now: number,
): Finding | null {
  const ends = endOf(certificate);
  if (Date.parse(certificate.validFrom) > now)
    return failed(CHECK, `${what} is not valid yet.`, 'Look at the clock.');
  if (ends <= now) return failed(CHECK, `${what} has expired on ${dayOf(certificate)}.`, remedy);
  return ends - now < WARN_BEFORE_MS
    ? warning(CHECK, `${what} expires on ${dayOf(certificate)}.`, remedy)
    : null;
}

/** What the next start of a server would show. */
type InFile = { readonly finding: Finding; readonly certificate: X509Certificate | null };

function checkFile(config: Omit<Config, 'database'>, now: number): InFile {
  const own = config.tls_cert !== '';
  const path = own ? config.tls_cert : join(config.data, TLS_CERTIFICATE_FILE);
  const key_path = own ? config.tls_key : join(config.data, TLS_KEY_FILE);
  if (!own && !existsSync(path)) {
    const finding = servesTls(config)
      ? warning(CHECK, 'There is no certificate yet.', 'The next start of the server makes it.')
      : ok(CHECK, 'No certificate is needed: plain TCP, for this machine.');
    return { finding, certificate: null };
  }
  const remedy = own
    ? 'Put another certificate in its place, then start the server again.'
    : 'Start the server again: it renews the certificate, and the pin stays.';
  let certificate: X509Certificate;
  let matches: boolean;
  try {
    certificate = new X509Certificate(readFileSync(path));
    matches = certificate.checkPrivateKey(createPrivateKey(readFileSync(key_path)));
  } catch {
    const says = `The certificate ${path} or its key ${key_path} can not be read as PEM.`;
    const finding = failed(
      CHECK,
      says,
      'Put copies in their place, or remove both: then clients need the new connection string.',
    );
    return { finding, certificate: null };
  }
  const wrong = matches
    ? timeFinding(certificate, `The certificate ${path}`, remedy, now)
    : failed(CHECK, `The certificate ${path} is not of the key ${key_path}.`, remedy);
  return {
    finding: wrong ?? ok(CHECK, `The certificate is of its key and valid until ${dayOf(certificate)}.`),
    certificate,
  };
}

/** Whether what a server shows is right, and what clients will see after the next start. */
function checkServed(served: X509Certificate, server: ServerFile, file: InFile, now: number): Finding {
  const what = `The certificate that the server on ${server.host}:${server.port} shows`;
  if (pinOfCertificate(served) !== server.pin) {
    const says = `${what} is of another key than the one that it had at its start.`;
    return failed(CHECK, says, 'Find out what listens there; until then nobody should sign in.');
  }
  const { certificate, finding } = file;
  if (certificate !== null && served.raw.equals(certificate.raw) && finding.level !== 'ok') return finding;
  const newer =
    certificate !== null && finding.level === 'ok' ? ` The file is good until ${dayOf(certificate)}.` : '';
  const wrong = timeFinding(served, what, `Start the server again: it reads its file then.${newer}`, now);
  if (wrong?.level === 'failed') return wrong;
  // The next start would not succeed, or show something that can't be used.
  if (finding.level === 'failed') return finding;
  if (certificate !== null && pinOfCertificate(certificate) !== server.pin) {
    const says = 'The file of the certificate is of another key than the one that the running server shows.';
    return warning(CHECK, says, 'After the next start clients see a changed pin: give them the new string.');
  }
  if (certificate !== null && !served.raw.equals(certificate.raw)) {
    const says = `The running server shows a certificate until ${dayOf(served)}, its file is another, until ${dayOf(certificate)}.`;
    return warning(CHECK, says, 'Start the server again to show the one in the file.');
  }
  return wrong ?? ok(CHECK, `The server shows a certificate of its key, valid until ${dayOf(served)}.`);
}

/** `server`: the one that runs on this folder, which is asked; null when none does, and the files alone are judged. */
export async function checkCertificate(
  config: Omit<Config, 'database'>,
  server: ServerFile | null,
  now: number,
): Promise<Finding> {
  const file = checkFile(config, now);
  if (server === null) return file.finding;
  if (server.pin === null) {
    if (!servesTls(config) || file.finding.level === 'failed') return file.finding;
    return warning(
      CHECK,
      'The running server speaks plain TCP, and the settings ask for TLS.',
      'Start the server again with them; clients need the new connection string.',
    );
  }
  const served = await servedCertificate(server);
  // That nothing answers is what the check of the port says.
  return served === null ? file.finding : checkServed(served, server, file, now);
}
