/**
 * Test vectors of what stands between a client and the first frame: connection strings, the pin of a certificate, the
 * exporter of TLS; and of access tokens. Expected refusals are written here by hand; the generator stops when the code
 * disagrees with them.
 */
import { createPrivateKey, createPublicKey, X509Certificate } from 'node:crypto';
import { AddressError, parseConnectionString, type AddressFault } from '../../src/client/index.js';
import { ACTIONS, DEFAULT_PORT, EXPORTER_BYTES, EXPORTER_LABEL, pinOf } from '../../src/protocol/index.js';
import { AccessTokens } from '../../src/server/crypto/index.js';
import { exported, type ExporterHash } from './exporter.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const counting = (from: number, count: number): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => (from + at) % 256));

// -- connection strings ------------------------------------------------------------------------------------------

const KEY = counting(0, 32).toString('base64url');
const PIN = `sha256-${counting(32, 32).toString('base64url')}`;
const PLAIN = `portcullis://127.0.0.1:7777?key=local.${KEY}`;
const LABEL_63 = 'a'.repeat(63);
const HOST_253 = `${`${LABEL_63}.`.repeat(3)}${'a'.repeat(61)}`;

const STRINGS_ACCEPTED: readonly (readonly [string, string])[] = [
  ['plain TCP on loopback', PLAIN],
  ['TLS with a pin', `portcullis://auth.example.test:7777?key=local.${KEY}&pin=${PIN}`],
  ['TLS with an authority', `portcullis://auth.example.test:7777?key=local.${KEY}&tls=ca`],
  ['the pin first', `portcullis://auth.example.test:7777?pin=${PIN}&key=local.${KEY}`],
  [`without a port it is ${DEFAULT_PORT}`, `portcullis://auth.example.test?key=local.${KEY}&tls=ca`],
  ['a slash behind the port', `portcullis://127.0.0.1:1/?key=local.${KEY}`],
  ['IPv6 in brackets', `portcullis://[::1]:65535?key=local.${KEY}`],
  ['IPv6 with a zone and without a port', `portcullis://[fe80::1%eth0]?key=local.${KEY}&pin=${PIN}`],
  [
    'a key id of one sign, all kinds of signs in the host',
    `portcullis://Lab_2-b.Example.?key=-.${KEY}&tls=ca`,
  ],
  ['a key id of 64 signs', `portcullis://localhost?key=${'k'.repeat(64)}.${KEY}`],
  ['the longest host', `portcullis://${HOST_253}?key=local.${KEY}&tls=ca`],
  ['leading zeros of a port', `portcullis://localhost:00080?key=local.${KEY}`],
  ['white space around it is dropped', ` \t${PLAIN}\r\n`],
];

const STRINGS_REFUSED: readonly (readonly [string, string, AddressFault])[] = [
  ['empty', '', 'scheme'],
  ['another scheme', `https://127.0.0.1:7777?key=local.${KEY}`, 'scheme'],
  ['the scheme in capital letters', PLAIN.replace('portcullis', 'PORTCULLIS'), 'scheme'],
  ['no question mark', 'portcullis://127.0.0.1:7777', 'no_key_part'],
  ['a pin and no key', `portcullis://localhost?pin=${PIN}`, 'no_key_part'],
  ['a part without a name', `portcullis://localhost?${KEY}`, 'unknown_part'],
  ['a part of another name', `${PLAIN}&insecure=1`, 'unknown_part'],
  ['a name in capital letters', PLAIN.replace('key=', 'KEY='), 'unknown_part'],
  ['an & at the end', `${PLAIN}&`, 'unknown_part'],
  ['two keys', `${PLAIN}&key=local.${KEY}`, 'part_twice'],
  ['two pins', `${PLAIN}&pin=${PIN}&pin=${PIN}`, 'part_twice'],
  ['tls=ca beside a pin', `${PLAIN}&pin=${PIN}&tls=ca`, 'pin_and_authority'],
  ['another kind of TLS', `${PLAIN}&tls=on`, 'tls_form'],
  ['no host', `portcullis://:7777?key=local.${KEY}`, 'host_form'],
  ['a space in the host', `portcullis://a b?key=local.${KEY}`, 'host_form'],
  ['a hyphen first', `portcullis://-a?key=local.${KEY}`, 'host_form'],
  ['an empty label', `portcullis://a..b?key=local.${KEY}`, 'host_form'],
  ['a label of 64 signs', `portcullis://${'a'.repeat(64)}?key=local.${KEY}`, 'host_form'],
  ['a host of 254 signs', `portcullis://${HOST_253}a?key=local.${KEY}`, 'host_form'],
  ['a host in Cyrillic: give its ASCII form', `portcullis://сервер.example?key=local.${KEY}`, 'host_form'],
  ['a user', `portcullis://me@host:1?key=local.${KEY}`, 'host_form'],
  ['a path', `portcullis://host:1/x?key=local.${KEY}`, 'port_range'],
  ['brackets without IPv6', `portcullis://[localhost]?key=local.${KEY}`, 'not_ipv6'],
  ['IPv6 without brackets', `portcullis://::1:7777?key=local.${KEY}`, 'ipv6_without_brackets'],
  ['something behind the brackets', `portcullis://[::1]x?key=local.${KEY}`, 'not_host_port'],
  ['port 0', `portcullis://host:0?key=local.${KEY}`, 'port_range'],
  ['port 65536', `portcullis://host:65536?key=local.${KEY}`, 'port_range'],
  ['an empty port', `portcullis://host:?key=local.${KEY}`, 'port_range'],
  ['a port of six digits', `portcullis://host:000080?key=local.${KEY}`, 'port_range'],
  ['a key without an id', `portcullis://host?key=${KEY}`, 'key_without_id'],
  ['an empty key id', `portcullis://host?key=.${KEY}`, 'key_id_form'],
  ['a key id of 65 signs', `portcullis://host?key=${'k'.repeat(65)}.${KEY}`, 'key_id_form'],
  ['a percent sign is no escape', `portcullis://host?key=lo%63al.${KEY}`, 'key_id_form'],
  ['a key of 42 signs', PLAIN.slice(0, -1), 'key_form'],
  ['a key with padding', `${PLAIN}=`, 'key_form'],
  ['a last sign that carries more than four bits', `${PLAIN.slice(0, -1)}9`, 'key_form'],
  ['base64 in place of base64url', PLAIN.replace(/.{2}$/, '+8'), 'key_form'],
  ['a fragment', `${PLAIN}#x`, 'key_form'],
  ['a pin of another hash', `${PLAIN}&pin=${PIN.replace('sha256', 'sha1')}`, 'pin_form'],
  ['a pin in hexadecimal', `${PLAIN}&pin=sha256-${hex(counting(32, 32))}`, 'pin_form'],
  ['an empty pin', `${PLAIN}&pin=`, 'pin_form'],
];

/** The fault of a connection string, or null. */
function faultOf(text: string): AddressFault | null {
  try {
    parseConnectionString(text);
    return null;
  } catch (error) {
    if (error instanceof AddressError) return error.fault;
    throw error;
  }
}

export function connectionStringVectors(): object {
  for (const [name, text, reason] of STRINGS_REFUSED) {
    const found = faultOf(text);
    if (found !== reason)
      throw new Error(`connection string "${name}": ${String(found)} instead of ${reason}`);
  }
  return {
    accepted: STRINGS_ACCEPTED.map(([name, text]) => {
      const { host, port, key, pin, tls } = parseConnectionString(text);
      return { name, text, host, port, key_id: key.key_id, key_hex: hex(key.key), tls, pin };
    }),
    refused: STRINGS_REFUSED.map(([name, text, reason]) => ({ name, text, reason })),
  };
}

// -- the channel -------------------------------------------------------------------------------------------------

/** Self-signed, P-256, made once with `openssl req -x509`. */
const CERTIFICATE_BASE64 =
  'MIIBejCCASCgAwIBAgIBATAKBggqhkjOPQQDAjAcMRowGAYDVQQDDBFhdXRoLmV4YW1wbGUudGVzdDAeFw0yNjExMjgyMDAyMTRaFw0zNjExMjUy' +
  'MDAyMTRaMBwxGjAYBgNVBAMMEWF1dGguZXhhbXBsZS50ZXN0MFkwEwYHKoZIzj0CAQYIKoZIzj0DAQcDQgAEC6lRTxfDmT6dI8UpimT0fYSJgL4Z' +
  'zTFioLNB49ye0AMgjpKsh80u1yYJirWVCZ0YU0G9qIQB3d68ZOTsoGItlqNTMFEwHQYDVR0OBBYEFMFOWO5rgVCcvRFFjzwPzd5cgdtQMB8GA1Ud' +
  'IwQYMBaAFMFOWO5rgVCcvRFFjzwPzd5cgdtQMA8GA1UdEwEB/wQFMAMBAf8wCgYIKoZIzj0EAwIDSAAwRQIga70nC4LQCwGwXTTqBHISkIgEfIEs' +
  '/QfFhmX1nGD6cpQCIQC1XN5Ynl08MqUxcmxFs+GZn6sdoQgH6Vu1B8OncnWwwg==';
/** The pin of it as `openssl x509 -pubkey`, `openssl pkey -outform der` and `openssl dgst -sha256` say. */
const CERTIFICATE_PIN = 'sha256-dPQ0853L9M3pU0S9hbwXCyu9aUkuL67ARkeGeWlxOx0';

function pinVectors(): object[] {
  const certificate = new X509Certificate(Buffer.from(CERTIFICATE_BASE64, 'base64'));
  const spki = certificate.publicKey.export({ type: 'spki', format: 'der' });
  if (pinOf(spki) !== CERTIFICATE_PIN) throw new Error(`the certificate's pin is ${pinOf(spki)}`);
  return [
    {
      name: 'a self-signed certificate with a key on P-256',
      certificate_der_hex: hex(certificate.raw),
      public_key_der_hex: hex(spki),
      pin: CERTIFICATE_PIN,
    },
  ];
}

type ExporterCase = {
  readonly name: string;
  readonly hash: ExporterHash;
  readonly exporter_secret: Buffer;
  /** What OpenSSL exported from a connection with this secret. */
  readonly openssl?: string;
};

const EXPORTERS: readonly ExporterCase[] = [
  { name: 'SHA-256, the secret counts up', hash: 'sha256', exporter_secret: counting(0, 32) },
  { name: 'SHA-384, the secret counts up', hash: 'sha384', exporter_secret: counting(0, 48) },
  {
    name: 'a real connection, TLS_AES_128_GCM_SHA256',
    hash: 'sha256',
    exporter_secret: Buffer.from('d9c5aaf213dca2e2e7f0022b5f1a9c2c98fb5dd032d347d34044f3d0886b38a2', 'hex'),
    openssl: 'a3ae1ba715a50d1587d0623877efc376653fb2ea3222b0ba2f6193a787ff41ff',
  },
  {
    name: 'a real connection, TLS_AES_256_GCM_SHA384',
    hash: 'sha384',
    exporter_secret: Buffer.from(
      'f60727cc0ea45ea568562b9029f1ade6a45ad6e5e1bf858cbc7875539ddaf66ebe3ecf903355b95db14917d6f7be6db3',
      'hex',
    ),
    openssl: 'f5949604c642e4bbc20a63c0df3d8131c03b05e840d3c9e8de8b4e53b85b930e',
  },
];

/** The exporter of this protocol, on secrets that are known. The first one is worked through in the document. */
export const exporterVectors = () =>
  EXPORTERS.map(({ name, hash, exporter_secret, openssl }) => {
    const context = Buffer.alloc(0);
    const input = { hash, exporter_secret, label: EXPORTER_LABEL, context, length: EXPORTER_BYTES };
    const { derived_secret, keying_material } = exported(input);
    if (openssl !== undefined && hex(keying_material) !== openssl)
      throw new Error(`exporter "${name}": ${hex(keying_material)} instead of ${openssl}`);
    return {
      name,
      hash,
      exporter_secret_hex: hex(exporter_secret),
      label: EXPORTER_LABEL,
      context_hex: '',
      length: EXPORTER_BYTES,
      derived_secret_hex: hex(derived_secret),
      keying_material_hex: hex(keying_material),
    };
  });

export function channelVectors(): object {
  return { pins: pinVectors(), exporter: exporterVectors() };
}

// -- access tokens -----------------------------------------------------------------------------------------------

/** An Ed25519 key whose 32 bytes count up, as PKCS #8: the prefix says which kind of key follows. */
const SIGNING_KEY = createPrivateKey({
  key: Buffer.concat([Buffer.from('302e020100300506032b657004220420', 'hex'), counting(0, 32)]),
  format: 'der',
  type: 'pkcs8',
});

/** The access token of the examples, with the key that it was signed with and what is in it. */
export function accessTokenVectors(): object[] {
  const pkcs8 = SIGNING_KEY.export({ type: 'pkcs8', format: 'der' });
  const tokens = new AccessTokens({ pkcs8, issuer: 'Portcullis', audience: 'portcullis', minutes: 15 });
  const token = ACTIONS.authenticate.example.result.access_token;
  const [header = '', claims = ''] = token.split('.');
  const read = (part: string): unknown => JSON.parse(Buffer.from(part, 'base64url').toString());
  const { iat } = read(claims) as { iat: number };
  if (tokens.verify(token, iat * 1000) === null)
    throw new Error('the access token of the examples is not signed with the key of the test vectors');
  const key = createPublicKey(SIGNING_KEY);
  const { crv, x, kty } = key.export({ format: 'jwk' });
  return [
    {
      name: 'the access token of the examples',
      signing_key_seed_hex: hex(counting(0, 32)),
      public_key_pem: key.export({ type: 'spki', format: 'pem' }).toString(),
      // Versions of Node export them in different orders.
      public_key_jwk: { crv, x, kty },
      kid: tokens.jwk.kid,
      header: read(header),
      claims: read(claims),
      token,
    },
  ];
}
