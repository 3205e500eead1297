/**
 * What a PostgreSQL, the network and the driver say when something is wrong: as a sentence for the operator, and as the
 * question whose fault it is. Knows no statement and opens nothing.
 */
import { isLoopback } from '../../domain/index.js';
import { visible } from '../../runtime/index.js';
import { StoreOpenError, type OpenFault } from '../engine.js';
import { DATABASE_PLAIN, NoPasswordError, placeOf, type DatabaseAddress } from './address.js';

/** The oldest release that is supported and tried. */
export const VERSION_MIN = 15;

/** Returns the five characters by which PostgreSQL names an error, or null for an error of something else. */
export function sqlState(error: unknown): string | null {
  const code = textOf(error, 'code');
  // The driver puts the severity beside it; codes of Node are longer and begin with E.
  return code !== null && /^[0-9A-Z]{5}$/.test(code) && textOf(error, 'severity') !== null ? code : null;
}

const textOf = (error: unknown, key: string): string | null => {
  const value: unknown = error instanceof Error ? Reflect.get(error, key) : null;
  return typeof value === 'string' ? value : null;
};

const messageOf = (error: unknown): string => (error instanceof Error ? error.message : String(error));

/** What the driver says without a code, and when. */
const TIMED_OUT = /^timeout (expired|exceeded)|due to connection timeout|^Query read timeout/;
const BROKEN = /^Connection terminated|connection error and is not queryable|was closed and is not queryable/;
const NO_TLS = 'does not support SSL connections';
const NOT_POSTGRES = /error establishing an SSL connection|^received invalid response/;

/** OpenSSL's and Node's codes for a certificate that isn't believed, whatever the reason. */
const UNTRUSTED =
  /^(DEPTH_ZERO_SELF_SIGNED_CERT|SELF_SIGNED_CERT_IN_CHAIN|UNABLE_TO_\w+|CERT_(CHAIN_TOO_LONG|REVOKED|UNTRUSTED|REJECTED|SIGNATURE_FAILURE)|INVALID_(CA|PURPOSE)|PATH_LENGTH_EXCEEDED)$/;
const CERTIFICATE_TIME = /^(CERT_HAS_EXPIRED|CERT_NOT_YET_VALID)$/;
const TLS_CODE = /^(ERR_SSL_|ERR_TLS_|EPROTO$)/;

type Told = { readonly fault: OpenFault; readonly says: string };

/**
 * Returns why a database can't be used, as a sentence that says what to do. `error`: what connecting or the first statements
 * threw. The password is not in it, also when a server repeats it.
 */
export function openFault(error: unknown, address: DatabaseAddress): StoreOpenError {
  if (error instanceof StoreOpenError) return error;
  const { fault, says } = told(error, address);
  return new StoreOpenError(fault, says);
}

function told(error: unknown, address: DatabaseAddress): Told {
  if (error instanceof NoPasswordError) return { fault: 'not_let_in', says: noPassword(address) };
  const state = sqlState(error);
  return (
    (state === null ? ofTheWay(error, address) : ofTheServer(state, error, address)) ?? {
      fault: 'failed',
      says: `The PostgreSQL on ${placeOf(address)} can not be used: ${wordsOf(error, address)}. Look at its log.`,
    }
  );
}

/** Returns an error's own words on one line, without the password. */
function wordsOf(error: unknown, { password }: DatabaseAddress): string {
  const words = messageOf(error);
  const secret = password?.reveal() ?? '';
  const shown = secret === '' ? words : words.replaceAll(secret, '[hidden]');
  return visible(shown, 300).replace(/\.$/, '');
}

/** How a password is given, for sentences. */
export const PASSWORD_WAYS =
  'in AUTH_DATABASE (postgres://USER:PASSWORD@HOST/DATABASE), in PGPASSWORD, or in a file with --database-password-file';

const noPassword = (address: DatabaseAddress): string =>
  `The PostgreSQL on ${placeOf(address)} asks for the password of user ${name(address.user)}, and none was given. Give it ` +
  `${PASSWORD_WAYS}.`;

/** A name out of the settings, as SQL quotes it. */
const name = (text: string): string => `"${visible(text, 63).replaceAll('"', '""')}"`;

/** Said by the network, by TLS or by the driver before or instead of the server's own words. */
function ofTheWay(error: unknown, address: DatabaseAddress): Told | null {
  const code = textOf(error, 'code') ?? '';
  const message = messageOf(error);
  const where = placeOf(address);
  if (code === 'ENOTFOUND' || code === 'EAI_AGAIN')
    return {
      fault: 'unreachable',
      says:
        code === 'ENOTFOUND'
          ? `There is no machine ${address.host}. Correct the name in --database.`
          : `The name ${address.host} can not be looked up at the moment. Check the name server of this machine.`,
    };
  if (code === 'ENOENT' || (code === 'ECONNREFUSED' && address.host.startsWith('/')))
    return {
      fault: 'unreachable',
      says: `There is no PostgreSQL at the socket ${where}. Start it, or correct the folder and port in --database.`,
    };
  if (code === 'EACCES' || code === 'EPERM')
    return {
      fault: 'unreachable',
      says: `This user may not use the socket ${where} (${code}). Check the permissions of its folder.`,
    };
  if (code === 'ECONNREFUSED')
    return {
      fault: 'unreachable',
      says:
        `No PostgreSQL answers on ${where}. Start it, let it listen there (listen_addresses in postgresql.conf), or ` +
        'correct host and port in --database.',
    };
  return ofTls(code, error, address) ?? ofSilence(code, message, address);
}

function ofTls(code: string, error: unknown, address: DatabaseAddress): Told | null {
  const where = placeOf(address);
  const tls = (says: string): Told => ({ fault: 'tls', says });
  if (messageOf(error).includes(NO_TLS))
    return tls(
      `The PostgreSQL on ${where} speaks no TLS. Switch it on there (ssl = on in postgresql.conf, with a certificate for ` +
        `${address.host}). ` +
        (isLoopback(address.host)
          ? 'Or leave `sslmode` out: nothing leaves this machine.'
          : `On a network that encrypts by itself say so: --database-insecure-plain ${DATABASE_PLAIN}.`),
    );
  if (code === 'ERR_TLS_CERT_ALTNAME_INVALID')
    return tls(
      `The certificate of the PostgreSQL on ${where} is for another name (${wordsOf(error, address)}). Name it in ` +
        `--database as its certificate does, or give it one for ${address.host}.`,
    );
  if (CERTIFICATE_TIME.test(code))
    return tls(
      `The certificate of the PostgreSQL on ${where} ${code === 'CERT_HAS_EXPIRED' ? 'has expired' : 'is not valid yet'}. ` +
        'Give it another one; look at the clocks of both machines first.',
    );
  if (UNTRUSTED.test(code))
    return tls(
      `The certificate of the PostgreSQL on ${where} is of no authority that is known here (${code}). Name the file of its ` +
        'authority in --database, `?sslrootcert=FILE`; of one that signed itself that is its own certificate.',
    );
  if (TLS_CODE.test(code))
    return tls(
      `There is no TLS with the PostgreSQL on ${where} (${wordsOf(error, address)}). Look at its log.`,
    );
  return null;
}

/** Codes of Node for a way that leads nowhere, or ends. */
const NO_WAY: ReadonlySet<string> = new Set([
  'ETIMEDOUT',
  'EHOSTUNREACH',
  'EHOSTDOWN',
  'ENETUNREACH',
  'ENETDOWN',
  'EADDRNOTAVAIL',
]);
const CUT_OFF: ReadonlySet<string> = new Set(['ECONNRESET', 'EPIPE', 'ECONNABORTED', 'ENOTCONN']);

function ofSilence(code: string, message: string, address: DatabaseAddress): Told | null {
  const where = placeOf(address);
  const unreachable = (says: string): Told => ({ fault: 'unreachable', says });
  if (TIMED_OUT.test(message))
    return unreachable(
      `The PostgreSQL on ${where} did not answer in time. Check that it runs, and that no firewall is in between.`,
    );
  if (message.startsWith('SASL: SCRAM-SERVER-FINAL-MESSAGE'))
    return {
      fault: 'not_let_in',
      says:
        `What answers on ${where} does not know the password of user ${name(address.user)} itself, so it is not the PostgreSQL ` +
        'that was meant. Find out what it is before anything else.',
    };
  if (NO_WAY.has(code))
    return unreachable(
      `There is no way to ${where} (${code}). Check the network, and the host in --database.`,
    );
  if (NOT_POSTGRES.test(message))
    return unreachable(`What answers on ${where} is no PostgreSQL. Correct host and port in --database.`);
  if (CUT_OFF.has(code) || BROKEN.test(message))
    return unreachable(
      `The connection to ${where} was closed before it was ready. Look at the log of the PostgreSQL there; if it has no line ` +
        'about it, something else answers on that port, or stands in between.',
    );
  return null;
}

/** Said by the server itself, by its code: https://www.postgresql.org/docs/current/errcodes-appendix.html */
function ofTheServer(state: string, error: unknown, address: DatabaseAddress): Told | null {
  const where = placeOf(address);
  const user = name(address.user);
  const words = wordsOf(error, address);
  switch (state) {
    case '28P01':
      return {
        fault: 'not_let_in',
        says:
          `The PostgreSQL on ${where} does not take the password of user ${user}, or has no such user. Correct it where it ` +
          'is given: AUTH_DATABASE, PGPASSWORD or the file of --database-password-file.',
      };
    case '28000':
      return { fault: 'not_let_in', says: notLetIn(words, address) };
    case '3D000':
      return {
        fault: 'no_database',
        says: `The PostgreSQL on ${where} has no database ${name(address.database)}. Make it there: ${createDatabase(address)}`,
      };
    case '42501':
      return { fault: 'no_right', says: noRight(address, words) };
    case '25006':
      return { fault: 'unwritable', says: readOnly(address) };
    case '57P03':
      return {
        fault: 'not_ready',
        says: `The PostgreSQL on ${where} is starting, stopping or recovering (${words}). Try again in a moment.`,
      };
    case '57P01':
    case '57P02':
      return {
        fault: 'not_ready',
        says: `The PostgreSQL on ${where} has ended the connection (${words}). Start it, then try again.`,
      };
    case '53300':
      return {
        fault: 'full',
        says:
          `The PostgreSQL on ${where} has too many connections (${words}). Raise max_connections there, or the limit of the ` +
          'user or database, or end other programs.',
      };
    case '08P01':
      return words.includes('startup parameter') ? { fault: 'pooled', says: pooled(address) } : null;
    // A statement that was prepared is gone, or one of another client is there.
    case '26000':
    case '42P05':
      return { fault: 'pooled', says: pooled(address) };
    default:
      return state.startsWith('53')
        ? {
            fault: 'full',
            says: `The PostgreSQL on ${where} lacks memory, space or connections (${words}). Make room there.`,
          }
        : null;
  }
}

/** The commands that make a database as it has to be. */
const createDatabase = ({ database, user }: DatabaseAddress): string =>
  `CREATE DATABASE ${name(database)} OWNER ${name(user)} ENCODING 'UTF8' TEMPLATE template0;`;

function notLetIn(words: string, address: DatabaseAddress): string {
  const start = `The PostgreSQL on ${placeOf(address)} does not let user ${name(address.user)} in (${words}).`;
  if (/no encryption|SSL off/.test(words) && address.tls.kind === 'plain')
    return `${start} If it takes TLS only, add \`?sslmode=verify-full\` to --database; else add a line to its pg_hba.conf.`;
  if (/does not exist|not permitted to log in/.test(words))
    return `${start} Make the user there: CREATE ROLE ${name(address.user)} LOGIN PASSWORD '...';`;
  return `${start} Its pg_hba.conf decides: add a line for this user, database and address with scram-sha-256.`;
}

export const noRight = ({ database, user, ...address }: DatabaseAddress, words: string | null): string =>
  `The user ${name(user)} lacks a right in the database ${name(database)} on ${placeOf({ database, user, ...address })}` +
  `${words === null ? ': it may not create tables' : ` (${words})`}. Make it the owner: ` +
  `ALTER DATABASE ${name(database)} OWNER TO ${name(user)}; Or give it the right, connected to that database: ` +
  `GRANT CREATE ON SCHEMA public TO ${name(user)};`;

export const readOnly = (address: DatabaseAddress): string =>
  `The PostgreSQL on ${placeOf(address)} can only be read: it is a standby, or default_transaction_read_only is on. Name ` +
  'the one that is written to in --database.';

export const pooled = (address: DatabaseAddress): string =>
  `Between here and the PostgreSQL stands a pooler that gives each transaction another connection (${placeOf(address)}): locks ` +
  'of a session do not hold there. Name the PostgreSQL itself in --database, or a pool with pool_mode = session.';

export const tooOld = (address: DatabaseAddress, version: string): string =>
  `The PostgreSQL on ${placeOf(address)} is version ${visible(version, 40)}; ${VERSION_MIN} or a newer one is needed. Bring it up ` +
  'to date, or name another in --database.';

export const wrongEncoding = (address: DatabaseAddress, encoding: string): string =>
  `The database ${name(address.database)} on ${placeOf(address)} is in the encoding ${visible(encoding, 40)}, which does not ` +
  `hold every name; UTF8 is needed. Make another one: ${createDatabase(address)}`;

export const newer = (address: DatabaseAddress, version: number, known: number): string =>
  `The database ${name(address.database)} on ${placeOf(address)} was made by a newer release (schema ${version}, this one knows ` +
  `${known}). Start that release, or name another database in --database.`;

/**
 * Classes and codes that say "not now": connections (08), who may get in (28), rights that were taken away, reading only,
 * lost races, resources (53), operators and time limits (57), files and disks (58), a database that was dropped.
 */
const UNAVAILABLE = /^(08...|28...|3D000|25006|25P03|25P04|40001|40P01|42501|53...|55P03|57...|58...)$/;

/** System calls that fail are the machine's or the network's; so is everything of TLS. */
const ofTheSystem = (error: unknown): boolean => {
  const code = textOf(error, 'code') ?? '';
  return (
    textOf(error, 'syscall') !== null ||
    NO_WAY.has(code) ||
    CUT_OFF.has(code) ||
    [UNTRUSTED, CERTIFICATE_TIME, TLS_CODE].some((pattern) => pattern.test(code))
  );
};

/**
 * Returns true when it is the database that fails, or the way to it, and the same may go well later: callers are told
 * `storage_unavailable`. False for a fault of this program, and for a file of the database that is damaged: trying again
 * doesn't mend these. Whether something was written is another question: a connection that breaks at a COMMIT doesn't say.
 */
export function isUnavailable(error: unknown): boolean {
  if (error instanceof StoreOpenError || error instanceof NoPasswordError) return true;
  const state = sqlState(error);
  if (state !== null) return UNAVAILABLE.test(state);
  if (ofTheSystem(error)) return true;
  const message = error instanceof Error ? error.message : '';
  return message.includes(NO_TLS) || [TIMED_OUT, BROKEN, NOT_POSTGRES].some((said) => said.test(message));
}
