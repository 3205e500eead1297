/** Whose fault it is when a statement on PostgreSQL fails: the database's, which callers are told to try again, or ours. */
import { describe, expect, test } from 'vitest';
import { StoreOpenError } from '../../../src/server/store/index.js';
import { isUnavailable, openFault, sqlState } from '../../../src/server/store/postgres/faults.js';
import { NoPasswordError, readDatabaseUrl } from '../../../src/server/store/postgres/address.js';

/** As the driver makes them of what a server says. */
const ofServer = (code: string, message = 'x'): Error =>
  Object.assign(new Error(message), { code, severity: 'ERROR' });
const ofSystem = (code: string, more = {}): Error => Object.assign(new Error(code), { code, ...more });

describe('not now', () => {
  test.each([
    ...[
      '08000',
      '08003',
      '08006',
      '08P01',
      '28000',
      '28P01',
      '3D000',
      '25006',
      '25P03',
      '25P04',
      '40001',
      '40P01',
      '42501',
    ],
    ...[
      '53000',
      '53100',
      '53200',
      '53300',
      '53400',
      '55P03',
      '57000',
      '57014',
      '57P01',
      '57P02',
      '57P03',
      '57P04',
      '57P05',
    ],
    ...['58000', '58030', '58P01'],
  ])('%s', (code) => {
    expect(isUnavailable(ofServer(code))).toBe(true);
  });

  test.each([
    ['connection refused', ofSystem('ECONNREFUSED', { syscall: 'connect' })],
    [
      'all addresses of a name refuse',
      Object.assign(new AggregateError([], ''), { code: 'ECONNREFUSED', syscall: 'connect' }),
    ],
    ['a name that is not found', ofSystem('ENOTFOUND', { syscall: 'getaddrinfo' })],
    ['reset', ofSystem('ECONNRESET', { syscall: 'read' })],
    ['cut off while TLS began', ofSystem('ECONNRESET')],
    ['broken pipe', ofSystem('EPIPE', { syscall: 'write' })],
    ['no way', ofSystem('EHOSTUNREACH', { syscall: 'connect' })],
    ['a certificate that has expired meanwhile', ofSystem('CERT_HAS_EXPIRED')],
    ['a certificate of somebody else', ofSystem('DEPTH_ZERO_SELF_SIGNED_CERT')],
    ['TLS that went wrong', ofSystem('ERR_SSL_TLSV1_ALERT_INTERNAL_ERROR')],
    ['the driver: ended', new Error('Connection terminated unexpectedly')],
    ['the driver: ended by us', new Error('Connection terminated')],
    [
      'the driver: broken before',
      new Error('Client has encountered a connection error and is not queryable'),
    ],
    ['the driver: closed before', new Error('Client was closed and is not queryable')],
    ['the driver: no answer', new Error('Query read timeout')],
    ['the driver: no connection', new Error('timeout expired')],
    ['the pool: no connection', new Error('timeout exceeded when trying to connect')],
    ['the pool: no connection in time', new Error('Connection terminated due to connection timeout')],
    ['a password that was taken out', new NoPasswordError('x')],
    ['a fault of opening', new StoreOpenError('unreachable', 'x')],
  ])('%s', (_what, error) => {
    expect(isUnavailable(error)).toBe(true);
  });
});

describe('our fault, or damage', () => {
  test.each([
    '22001',
    '22P02',
    '22021',
    '23505',
    '23503',
    '23514',
    '25P02',
    '26000',
    '42601',
    '42703',
    '42P01',
    '0A000',
    'P0001',
    'XX000',
    'XX001',
    'XX002',
    '21000',
  ])('%s', (code) => {
    expect(isUnavailable(ofServer(code))).toBe(false);
  });

  test.each([
    ['a mistake', new TypeError('x is not a function')],
    ['an error of ours that talks of connections', new Error('the Connection terminated')],
    ['an argument', ofSystem('ERR_INVALID_ARG_TYPE')],
    ['a class that only looks like one', Object.assign(new Error('x'), { code: '57P01' })],
    ['no error at all', 'Connection terminated'],
    ['nothing', null],
  ])('%s', (_what, error) => {
    expect(isUnavailable(error)).toBe(false);
  });
});

test('a code of the server is one that the server said', () => {
  expect(sqlState(ofServer('57P01'))).toBe('57P01');
  expect(sqlState(ofSystem('EPIPE'))).toBeNull();
  expect(sqlState(ofServer('ECONNRESET'))).toBeNull();
  expect(sqlState(null)).toBeNull();
});

describe('sentences', () => {
  const read = readDatabaseUrl('postgres://app@db.example:6000/auth');
  if ('fault' in read) throw new Error(read.fault);
  const { address } = read;

  test.each([
    [ofSystem('EAI_AGAIN', { syscall: 'getaddrinfo' }), 'unreachable', /name server/],
    [ofSystem('EHOSTUNREACH', { syscall: 'connect' }), 'unreachable', /no way to db\.example:6000/],
    [ofSystem('EACCES', { syscall: 'connect' }), 'unreachable', /may not use the socket/],
    [ofSystem('ERR_SSL_NO_PROTOCOLS_AVAILABLE'), 'tls', /There is no TLS/],
    [ofSystem('UNABLE_TO_VERIFY_LEAF_SIGNATURE'), 'tls', /sslrootcert=FILE/],
    [
      new Error('SASL: SCRAM-SERVER-FINAL-MESSAGE: server signature does not match'),
      'not_let_in',
      /does not know the password/,
    ],
    [ofServer('26000', 'prepared statement "x" does not exist'), 'pooled', /pool_mode = session/],
    [ofServer('42P05', 'prepared statement "x" already exists'), 'pooled', /pool_mode = session/],
    [ofServer('28000', 'Peer authentication failed for user "app"'), 'not_let_in', /scram-sha-256/],
    [ofServer('28000', 'role "app" does not exist'), 'not_let_in', /CREATE ROLE "app" LOGIN/],
    [ofServer('57P02'), 'not_ready', /has ended the connection/],
    [new Error('what nobody foresaw'), 'failed', /can not be used: what nobody foresaw\./],
    ['a word', 'failed', /a word/],
  ])('%s', (error, fault, says) => {
    expect(openFault(error, address)).toMatchObject({ fault, message: expect.stringMatching(says) });
  });

  test('one that has its sentence keeps it', () => {
    const error = new StoreOpenError('newer', 'x');
    expect(openFault(error, address)).toBe(error);
  });
});
