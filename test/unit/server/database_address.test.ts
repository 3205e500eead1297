/** How a PostgreSQL is named: what is read out of an address, which TLS follows from it, and what the driver is told. */
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { inspect } from 'node:util';
import { afterEach, describe, expect, test } from 'vitest';
import { createLog } from '../../../src/server/runtime/index.js';
import {
  addressCarried,
  carriedAddress,
  clientOptions,
  describeAddress,
  placeOf,
  readDatabaseUrl,
  type DatabaseAddress,
} from '../../../src/server/store/postgres/address.js';
import { databaseClient } from '../../../src/server/store/postgres/client_class.js';

const MARKER = 'MARKER-geheim';
const WORDS = { plain_in_words: true };

function addressOf(text: string, options = {}): DatabaseAddress {
  const read = readDatabaseUrl(text, options);
  if ('fault' in read) throw new Error(read.fault);
  return read.address;
}

function faultOf(text: string, options = {}): string {
  const read = readDatabaseUrl(text, options);
  if ('address' in read) throw new Error(`${text} was read`);
  return read.fault;
}

describe('what is read', () => {
  test.each([
    ['postgres://me@db.example/auth', { host: 'db.example', port: 5432, user: 'me', database: 'auth' }],
    ['postgresql://me@db.example:6000/auth', { host: 'db.example', port: 6000 }],
    ['POSTGRES://me@10.0.0.1/auth', { host: '10.0.0.1' }],
    ['postgres://me@[::1]:6000/auth', { host: '::1', port: 6000 }],
    ['postgres://me@[2001:db8::1]/auth', { host: '2001:db8::1', port: 5432 }],
    ['postgres://m%40e@localhost/a%2Fb', { user: 'm@e', database: 'a/b' }],
    ['postgres://%D1%8F@localhost/%D0%B1', { user: 'я', database: 'б' }],
    ['postgres://me@%2Fvar%2Frun%2Fpostgresql/auth', { host: '/var/run/postgresql', port: 5432 }],
    ['postgres://me@%2Frun%2Fpg:6000/auth', { host: '/run/pg', port: 6000 }],
    ['postgres://me@/auth?host=/var/run/postgresql', { host: '/var/run/postgresql', port: 5432 }],
    ['postgres://me@:6000/auth?host=%2Frun%2Fpg', { host: '/run/pg', port: 6000 }],
  ])('%s', (text, expected) => {
    expect(addressOf(text)).toMatchObject({ ...expected, password: null });
  });

  test.each([
    ['postgres://me:secret@localhost/auth', 'secret'],
    ['postgres://me:a:b@localhost/auth', 'a:b'],
    ['postgres://me:a@b@localhost/auth', 'a@b'],
    ['postgres://me:%40%3A%2F%3F%23%25@localhost/auth', '@:/?#%'],
    ['postgres://me:a+b c@localhost/auth', 'a+b c'],
    ['postgres://me:@localhost/auth', undefined],
  ])('the password of %s', (text, password) => {
    expect(addressOf(text).password?.reveal()).toBe(password);
  });

  test.each([
    ['mysql://me@localhost/auth', /written postgres:/],
    ['localhost/auth', /written postgres:/],
    ['/var/lib/auth.db', /written postgres:/],
    ['postgres://localhost/auth', /name the user/],
    ['postgres://me@localhost', /name the database/],
    ['postgres://me@localhost/', /name the database/],
    ['postgres://me@localhost/a/b', /name the database/],
    ['postgres://me@/auth', /name the host/],
    ['postgres://me@one,two/auth', /one host/],
    ['postgres://me@one:5432,two:5432/auth', /number from 1 to 65535/],
    ['postgres://me@localhost:0/auth', /number from 1 to 65535/],
    ['postgres://me@localhost:65536/auth', /number from 1 to 65535/],
    ['postgres://me@localhost:5e3/auth', /number from 1 to 65535/],
    ['postgres://me@::1/auth', /number from 1 to 65535/],
    ['postgres://me@[localhost]/auth', /no name and no address/],
    ['postgres://me@lo cal/auth', /no name and no address/],
    ['postgres://me@local%00host/auth', /control character/],
    ['postgres://m%0Ae@localhost/auth', /control character/],
    ['postgres://me@localhost/auth#x', /%40/],
    ['postgres://me:%zz@localhost/auth', /two digits/],
    ['postgres://me:%ff@localhost/auth', /two digits/],
    ['postgres://me@localhost/auth?host=/run', /leave one out/],
    ['postgres://me@/auth?host=db.example', /folder of a Unix socket/],
    ['postgres://me@db/auth?sslmod=disable', /did you mean `sslmode`/],
    ['postgres://me@db/auth?sslrotcert=x', /did you mean `sslrootcert`/],
    ['postgres://me@db/auth?options=-c%20x', /no parameter `options` here/],
    ['postgres://me@db/auth?user=other', /no parameter `user`/],
    ['postgres://me@db/auth?port=1', /no parameter `port`/],
    ['postgres://me@db/auth?SSLMODE=disable', /did you mean `sslmode`/],
    ['postgres://me@db/auth?sslmode=disable&sslmode=verify-full', /twice/],
  ])('%s is refused', (text, fault) => {
    expect(faultOf(text)).toMatch(fault);
  });

  test('what may be the end of a password is never repeated', () => {
    for (const special of ['/', '?', '#', '@', ':', '%', '&', '=', ' ']) {
      for (const number of ['', '1', '1:']) {
        const password = `${number}${special}${MARKER}`;
        const read = readDatabaseUrl(`postgres://me:${password}@db.example/auth`);
        if ('fault' in read) expect(read.fault, password).not.toContain(MARKER);
        else
          expect(read.address, password).toMatchObject({ host: 'db.example', database: 'auth', user: 'me' });
        const beheaded = readDatabaseUrl(`postgres://me:${password}`);
        expect('fault' in beheaded ? beheaded.fault : '', password).not.toContain(MARKER);
        expect('fault' in beheaded, password).toBe(true);
      }
    }
  });

  test.each([
    ...['password', 'sslpassword', 'passfile', 'service', 'PASSWORD', 'pass%77ord'].map(
      (name) => `postgres://me@db.example/auth?${name}=${MARKER}`,
    ),
    `postgres://me@db.example/auth?options=-c%20password%3D${MARKER}`,
    `postgres://me@db.example/auth?sslmode=${MARKER}`,
    `postgres://me@/auth?host=${MARKER}`,
    `postgres://me:${MARKER}@one,two/auth`,
    `postgres://me:${MARKER}@one:1,two:2/auth`,
    `postgres://me:${MARKER}@%2Frun%2Fpostgresql/auth?sslmode=verify-full`,
    `postgres://me:${MARKER}%zz@db.example/auth`,
    `postgres://${MARKER}@db.example`,
    `service=${MARKER}`,
    `host=db.example user=me password=${MARKER}`,
  ])('%s: nothing of it is repeated by the refusal', (text) => {
    expect(faultOf(text)).not.toContain(MARKER);
  });
});

describe('TLS', () => {
  const VERIFIED = { kind: 'verify_full', authorities: null };
  const HERE = { kind: 'plain', because: 'this_machine' };
  const SAID = { kind: 'plain', because: 'said_in_words' };
  test.each<[string, object, object]>([
    ['me@db.example/a', {}, VERIFIED],
    ['me@192.168.1.2/a', {}, VERIFIED],
    ['me@[2001:db8::1]/a', {}, VERIFIED],
    ['me@127.0.0.1.nip.io/a', {}, VERIFIED],
    ['me@0.0.0.0/a', {}, VERIFIED],
    ['me@db.example/a?sslmode=verify-full', {}, VERIFIED],
    ['me@db.example/a?sslrootcert=/x.pem', {}, { kind: 'verify_full', authorities: '/x.pem' }],
    ['me@localhost/a', {}, HERE],
    ['me@LocalHost/a', {}, HERE],
    ['me@127.3.2.1/a', {}, HERE],
    ['me@[::1]/a', {}, HERE],
    ['me@/a?host=/run', {}, HERE],
    ['me@localhost/a?sslmode=disable', {}, HERE],
    ['me@/a?host=/run&sslmode=disable', {}, HERE],
    ['me@localhost/a?sslmode=verify-full', {}, VERIFIED],
    ['me@localhost/a?sslmode=verify-full', WORDS, VERIFIED],
    ['me@localhost/a', WORDS, HERE],
    ['me@db.example/a', WORDS, SAID],
    ['me@db.example/a?sslmode=disable', WORDS, SAID],
  ])('%s %j', (text, options, expected) => {
    expect(addressOf(`postgres://${text}`, options).tls).toEqual(expected);
  });

  test.each<[string, object, RegExp]>([
    ...['allow', 'prefer', 'require', 'verify-ca'].flatMap((mode): [string, object, RegExp][] =>
      ['db.example', 'localhost'].flatMap((host): [string, object, RegExp][] => [
        [`me@${host}/a?sslmode=${mode}`, {}, /write `sslmode=verify-full`/],
        [`me@${host}/a?sslmode=${mode}`, WORDS, /write `sslmode=verify-full`/],
      ]),
    ),
    ['me@db.example/a?sslmode=disable', {}, /--database-insecure-plain everyone-may-read-the-database/],
    ['me@db.example/a?sslmode=no-verify', {}, /`sslmode` is `verify-full`, or/],
    ['me@db.example/a?sslmode=', {}, /`sslmode` is `verify-full`, or/],
    ['me@db.example/a?sslmode=VERIFY-FULL', {}, /`sslmode` is `verify-full`, or/],
    ['me@db.example/a?sslmode=verify-full', WORDS, /leave one out/],
    ['me@db.example/a?sslrootcert=/x', WORDS, /leave one out/],
    ['me@db.example/a?sslrootcert=', {}, /names a file/],
    ['me@db.example/a?sslrootcert=system', {}, /names a file/],
    ['me@localhost/a?sslrootcert=/x&sslmode=disable', {}, /leave one out/],
    ['me@/a?host=/run&sslmode=verify-full', {}, /no TLS on a Unix socket/],
    ['me@/a?host=/run&sslrootcert=/x', {}, /no TLS on a Unix socket/],
  ])('%s %j is refused', (text, options, fault) => {
    expect(faultOf(`postgres://${text}`, options)).toMatch(fault);
  });
});

describe('what others are told', () => {
  const address = addressOf(`postgres://me:${MARKER}@db.example/auth`);

  test('the password is shown by nothing', async () => {
    const lines: string[] = [];
    createLog('debug', 'json', { write: (line: string) => lines.push(line) }).info(
      { address, config: { address } },
      'x',
    );
    const error = Object.assign(new Error('x'), { address });
    createLog('debug', 'json', { write: (line: string) => lines.push(line) }).error({ error }, 'x');
    const DatabaseClient = await databaseClient();
    const shown = [
      JSON.stringify(address),
      inspect(address, { depth: 9, showHidden: true }),
      `${String(address.password)} ${JSON.stringify(describeAddress(address))} ${placeOf(address)}`,
      JSON.stringify(clientOptions(address)),
      inspect(clientOptions(address), { depth: 9 }),
      inspect(new DatabaseClient(clientOptions(address)), { depth: 9 }),
      ...lines,
    ];
    for (const text of shown) expect(text).not.toContain(MARKER);
    expect(lines).toHaveLength(2);
    expect(describeAddress(address)).toEqual({
      host: 'db.example',
      port: 5432,
      database: 'auth',
      user: 'me',
      tls: true,
    });
  });

  test('it goes through the door of a thread when it is carried', () => {
    const carried = addressCarried(structuredClone(carriedAddress(address)));
    expect(carried).toEqual(address);
    expect(carried.password?.reveal()).toBe(MARKER);
  });

  test('where it is, in words', () => {
    expect(placeOf(addressOf('postgres://me@[2001:db8::1]/a'))).toBe('[2001:db8::1]:5432');
    expect(placeOf(addressOf('postgres://me@/a?host=/run'))).toBe('/run/.s.PGSQL.5432');
  });
});

describe('what the driver is told', () => {
  const VARIABLES = {
    PGHOST: 'other.example',
    PGHOSTADDR: '192.0.2.1',
    PGPORT: '1',
    PGUSER: 'other',
    PGDATABASE: 'other',
    PGPASSWORD: 'other',
    PGPASSFILE: '/tmp/other',
    PGSSLMODE: 'no-verify',
    PGSSLNEGOTIATION: 'direct',
    PGOPTIONS: '-c search_path=other',
    PGAPPNAME: 'other',
    PGREPLICATION: 'database',
    PGCLIENT_ENCODING: 'LATIN1',
    PGCLIENTENCODING: 'LATIN1',
    PGCONNECT_TIMEOUT: '99',
    NODE_TLS_REJECT_UNAUTHORIZED: '0',
  };
  const before = { ...process.env };
  afterEach(() => {
    for (const name of Object.keys(VARIABLES)) {
      if (before[name] === undefined) Reflect.deleteProperty(process.env, name);
      else process.env[name] = before[name];
    }
  });

  test('variables of other programs change nothing of it', async () => {
    Object.assign(process.env, VARIABLES);
    const DatabaseClient = await databaseClient();
    const client = new DatabaseClient(clientOptions(addressOf('postgres://me@db.example/auth')));
    expect(client).toMatchObject({ host: 'db.example', port: 5432, user: 'me', database: 'auth' });
    expect(client.ssl).toMatchObject({ rejectUnauthorized: true, minVersion: 'TLSv1.2' });
    expect(client).toMatchObject({ sslNegotiation: 'postgres' });
    expect((client as unknown as { getStartupConf(): object }).getStartupConf()).toEqual({
      user: 'me',
      database: 'auth',
      application_name: 'portcullis',
      client_encoding: 'UTF8',
    });
    const here = new DatabaseClient(clientOptions(addressOf('postgres://me@localhost/auth')));
    expect(here.ssl).toBe(false);
    expect(here).toMatchObject({ sslNegotiation: 'postgres' });
  });

  test('a file of authorities is read, and one that is none is said', () => {
    const folder = mkdtempSync(join(tmpdir(), 'portcullis-test-'));
    const optionsWith = (file: string) =>
      clientOptions(addressOf(`postgres://me@db.example/auth?sslrootcert=${encodeURIComponent(file)}`));
    try {
      expect(() => optionsWith(join(folder, 'none'))).toThrow(/can not be read \(ENOENT\)/);
      expect(() => optionsWith(folder)).toThrow(/can not be read \(EISDIR\)/);
      const file = join(folder, 'ca.pem');
      for (const text of ['', 'nothing', '-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n']) {
        writeFileSync(file, text);
        expect(() => optionsWith(file), text).toThrow(/does not hold certificates in PEM/);
      }
    } finally {
      rmSync(folder, { recursive: true });
    }
  });
});
