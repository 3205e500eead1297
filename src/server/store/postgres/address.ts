/**
 * Where a PostgreSQL is and how one gets in, as an operator names it: `postgres://user@host:port/database`. Reads no
 * environment; nothing in it shows the password, but for `clientOptions`, which hands it to the driver.
 * See docs/adr/0029-how-a-postgresql-is-named.md.
 */
import { X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { isIP } from 'node:net';
import { inspect } from 'node:util';
import { checkServerIdentity, type ConnectionOptions } from 'node:tls';
import type { ClientConfig } from 'pg';
import { nearest } from '../../../protocol/index.js';
import { codeOf, meaningOf } from '../../data_folder/index.js';
import { isLoopback } from '../../domain/index.js';
import { StoreOpenError } from '../engine.js';

const PORT = 5432;
/** From the first packet to "ready": a machine that is there answers in a tenth of it. */
export const CONNECT_TIMEOUT_MS = 5_000;
/** What has to be written to send everything to another machine as plain text. */
export const DATABASE_PLAIN = 'everyone-may-read-the-database';
const PLAIN_FLAG = `--database-insecure-plain ${DATABASE_PLAIN}`;

/** A password that is shown by nothing but `reveal`: not by a log, not as JSON, not by a debugger's print. */
export class DatabasePassword {
  readonly #text: string;
  constructor(text: string) {
    this.#text = text;
  }

  /** Returns the password itself: for the driver. */
  reveal(): string {
    return this.#text;
  }

  toJSON(): string {
    return '[hidden]';
  }

  toString(): string {
    return '[hidden]';
  }

  [inspect.custom](): string {
    return '[hidden]';
  }
}

/** `authorities`: a file with certificates in PEM that are believed instead of Node's own list; null for that list. */
export type DatabaseTls =
  | { readonly kind: 'verify_full'; readonly authorities: string | null }
  | { readonly kind: 'plain'; readonly because: 'this_machine' | 'said_in_words' };

export type DatabaseAddress = {
  /** A name or an address, or the folder of a Unix socket when it begins with `/`. */
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  /** Null when none was given: then one that asks for it is not entered. */
  readonly password: DatabasePassword | null;
  readonly tls: DatabaseTls;
};

/** What the other side of a thread's door makes a DatabaseAddress of. It holds the password: for that door alone. */
export type CarriedAddress = Omit<DatabaseAddress, 'password'> & { readonly password: string | null };

/** Returns the address as a value that can be sent to another thread. It holds the password. */
export const carriedAddress = (address: DatabaseAddress): CarriedAddress => ({
  ...address,
  password: address.password?.reveal() ?? null,
});

/** Returns the address that was carried. */
export const addressCarried = (carried: CarriedAddress): DatabaseAddress => ({
  ...carried,
  password: carried.password === null ? null : new DatabasePassword(carried.password),
});

/** An address, or why a text is none: the end of a sentence, in which nothing of the text is repeated that can be a secret. */
export type ReadAddress = { readonly address: DatabaseAddress } | { readonly fault: string };

class Unreadable extends Error {}
const refuse = (fault: string): never => {
  throw new Unreadable(fault);
};

const FORM = 'postgres://USER@HOST:PORT/DATABASE';
const ESCAPED =
  'characters like @ : / ? # % in a name or password are written as %40 %3A %2F %3F %23 %25 there';
/** In the order of [RFC 3986 3]: what was said before the host, the host and port, the path, the query. */
const URL_PARTS = /^postgres(?:ql)?:\/\/(?:([^/?#]*)@)?([^/?#]*)(\/[^?#]*)?(?:\?([^#]*))?(#.*)?$/is;
const PARAMETERS = ['host', 'sslmode', 'sslrootcert'] as const;
type Parameter = (typeof PARAMETERS)[number];

/**
 * Returns what a text says about where the database is. `plain_in_words`: somebody has said in words that everybody on the
 * way may read it. Nothing is looked for, neither host nor file.
 */
export function readDatabaseUrl(text: string, { plain_in_words = false } = {}): ReadAddress {
  try {
    return { address: parsed(text, plain_in_words) };
  } catch (error) {
    if (error instanceof Unreadable) return { fault: error.message };
    throw error;
  }
}

function parsed(text: string, plain_in_words: boolean): DatabaseAddress {
  const parts = URL_PARTS.exec(text);
  if (parts === null) return refuse(`it is written ${FORM}`);
  const [, who = '', at = '', path = '', query = '', fragment] = parts;
  // A password with one of these unescaped ends the host too early: what comes after it must not be taken for a name.
  if (fragment !== undefined || path.includes('@') || query.includes('@')) return refuse(ESCAPED);
  const [, name = '', secret = ''] = /^([^:]*)(?::(.*))?$/s.exec(who) ?? [];
  const given = parametersIn(query);
  const { host, port } = placeIn(at, given.get('host') ?? null);
  const user = decoded(name);
  const database = decoded(path.slice(1));
  if (user === '') return refuse(`it has to name the user, ${FORM}`);
  if (database === '' || path.slice(1).includes('/'))
    return refuse(`it has to name the database after one slash, ${FORM}`);
  const password = decoded(secret, /\0/);
  const tls = tlsOf(host, given, plain_in_words);
  return {
    host,
    port,
    database,
    user,
    tls,
    password: password === '' ? null : new DatabasePassword(password),
  };
}

function decoded(text: string, forbidden = /\p{Cc}/u): string {
  let plain: string;
  try {
    plain = decodeURIComponent(text);
  } catch {
    return refuse(`a % in it is not followed by two digits of a character in UTF-8; ${ESCAPED}`);
  }
  return forbidden.test(plain) ? refuse('a control character is in it') : plain;
}

function parametersIn(query: string): ReadonlyMap<Parameter, string> {
  const given = new Map<Parameter, string>();
  for (const pair of query === '' ? [] : query.split('&')) {
    const [, name = '', value = ''] = /^([^=]*)=?(.*)$/s.exec(pair) ?? [];
    const known = PARAMETERS.find((one) => one === name);
    if (known === undefined) return refuse(strange(name));
    if (given.has(known)) return refuse(`\`${known}\` is in it twice`);
    given.set(known, decoded(value));
  }
  return given;
}

/** Nothing is ignored: a parameter that somebody wrote is one that they rely on. */
function strange(name: string): string {
  const known = `what may follow the ? is ${PARAMETERS.map((one) => `\`${one}\``).join(', ')}`;
  // Anything else may be the end of a password.
  if (!/^[a-z_]{1,40}$/i.test(name)) return `${known}; ${ESCAPED}`;
  const near = nearest(name, PARAMETERS);
  return near === null
    ? `there is no parameter \`${name}\` here: ${known}`
    : `there is no parameter \`${name}\`, did you mean \`${near}\`?`;
}

function placeIn(at: string, folder: string | null): { host: string; port: number } {
  const parts = /^(?:\[([^\]]*)\]|([^:]*))(?::([0-9]{0,5}))?$/s.exec(at);
  const [bracketed, written, digits] = [parts?.[1], parts?.[2], parts?.[3]];
  const port = parts === null ? Number.NaN : Number(digits === undefined || digits === '' ? PORT : digits);
  if (!(port >= 1 && port <= 65_535))
    return refuse(
      `the port after the host has to be a number from 1 to 65535; ${ESCAPED}, and IPv6 stands in [ ]`,
    );
  const host = decoded(bracketed ?? written ?? '');
  if (folder !== null) {
    if (host !== '')
      return refuse('it names a host and, with `host=`, the folder of a socket: leave one out');
    if (!folder.startsWith('/'))
      return refuse(
        '`host=` takes the folder of a Unix socket; the name of a machine stands before the slash',
      );
    return { host: folder, port };
  }
  if (host === '') return refuse(`it has to name the host, ${FORM}`);
  if (host.includes(',')) return refuse('it takes one host, and not several');
  const named =
    bracketed === undefined ? host.startsWith('/') || /^[A-Za-z0-9._-]{1,253}$/.test(host) : isIP(host) === 6;
  return named ? { host, port } : refuse(`the host is no name and no address; ${ESCAPED}`);
}

/** Modes of other programs that encrypt and don't look at who answers, or only half. */
const UNVERIFIED: ReadonlySet<string> = new Set(['allow', 'prefer', 'require', 'verify-ca']);

/** Everything that is secret here passes between the two, so it goes by TLS of whoever was meant, or stays on this machine. */
function tlsOf(host: string, given: ReadonlyMap<Parameter, string>, plain_in_words: boolean): DatabaseTls {
  const mode = given.get('sslmode') ?? null;
  const authorities = given.get('sslrootcert') ?? null;
  const socket = host.startsWith('/');
  const here = socket || isLoopback(host.toLowerCase());
  if (mode !== null && UNVERIFIED.has(mode))
    return refuse(
      `\`sslmode=${mode}\` does not make sure that the right server answers: write \`sslmode=verify-full\`, with ` +
        '`&sslrootcert=FILE` when its certificate is of an authority of your own',
    );
  if (mode !== null && mode !== 'verify-full' && mode !== 'disable')
    return refuse('`sslmode` is `verify-full`, or `disable` for a database on this machine');
  if (authorities === '' || authorities === 'system')
    return refuse('`sslrootcert` names a file; leave it out to believe the authorities that Node knows');
  const plain = mode === 'disable' || (mode === null && authorities === null && (here || plain_in_words));
  if (mode === 'disable' && authorities !== null)
    return refuse('`sslrootcert` asks for TLS and `sslmode=disable` for none: leave one out');
  if (!plain && socket)
    return refuse('there is no TLS on a Unix socket: leave `sslmode` and `sslrootcert` out');
  if (!plain && plain_in_words && !here)
    return refuse(`it asks for TLS and --database-insecure-plain for none: leave one out`);
  if (!plain) return { kind: 'verify_full', authorities };
  if (!here && !plain_in_words)
    return refuse(
      '`sslmode=disable` sends all accounts to another machine as plain text: leave it out for TLS. On a network that ' +
        `encrypts by itself say so in words, ${PLAIN_FLAG}`,
    );
  return { kind: 'plain', because: here ? 'this_machine' : 'said_in_words' };
}

/** Returns what may be logged about where a database is. */
export function describeAddress({ host, port, database, user, tls }: DatabaseAddress): {
  readonly host: string;
  readonly port: number;
  readonly database: string;
  readonly user: string;
  readonly tls: boolean;
} {
  return { host, port, database, user, tls: tls.kind === 'verify_full' };
}

/** Returns where a database is, for sentences: `db.example.org:5432`, or the path of the socket. */
export function placeOf({ host, port }: DatabaseAddress): string {
  if (host.startsWith('/')) return `${host}/.s.PGSQL.${port}`;
  return isIP(host) === 6 ? `[${host}]:${port}` : `${host}:${port}`;
}

/** A server asked for a password, and nobody has given one. */
export class NoPasswordError extends Error {
  override readonly name = 'NoPasswordError';
}

/**
 * Returns what a client of `databaseClient` is made with. Everything that the driver would otherwise take from PG* variables
 * is said. Throws StoreOpenError when the file of authorities can't be used.
 */
export function clientOptions(address: DatabaseAddress): ClientConfig {
  const { host, port, database, user, password } = address;
  return {
    host,
    port,
    database,
    user,
    // A function, because of a missing text the driver would look into PGPASSWORD and ~/.pgpass.
    password: () => {
      if (password === null) throw new NoPasswordError('the server asks for a password, and none was given');
      return password.reveal();
    },
    ssl: tlsOptions(address),
    sslnegotiation: 'postgres',
    application_name: 'portcullis',
    connectionTimeoutMillis: CONNECT_TIMEOUT_MS,
    keepAlive: true,
  };
}

function tlsOptions({ host, tls }: DatabaseAddress): ConnectionOptions | false {
  if (tls.kind === 'plain') return false;
  return {
    ...(tls.authorities === null ? {} : { ca: authoritiesIn(tls.authorities) }),
    // Said, so that NODE_TLS_REJECT_UNAUTHORIZED changes nothing.
    rejectUnauthorized: true,
    minVersion: 'TLSv1.2',
    checkServerIdentity: (_name, certificate) => checkServerIdentity(host, certificate),
  };
}

function authoritiesIn(path: string): string {
  try {
    const pem = readFileSync(path, 'utf8');
    // Of what is no certificate Node says nothing, and believes nobody then.
    const certificates = pem.match(/-----BEGIN CERTIFICATE-----.*?-----END CERTIFICATE-----/gs) ?? [];
    if (certificates.length === 0) throw new Error('no certificate');
    for (const one of certificates) new X509Certificate(one);
    return pem;
  } catch (error) {
    const code = error instanceof Error && 'syscall' in error ? codeOf(error) : null;
    throw new StoreOpenError(
      'tls',
      code === null
        ? `The file of authorities ${path} (sslrootcert) does not hold certificates in PEM.`
        : `The file of authorities ${path} (sslrootcert) can not be read (${code}). ${meaningOf(code)}`,
    );
  }
}
