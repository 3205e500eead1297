/** Our code against docs/protocol/vectors.json, and the file against computations that owe nothing to our code. */
import { createHash, createHmac, createPublicKey, verify, X509Certificate } from 'node:crypto';
import { readFileSync } from 'node:fs';
import { describe, expect, test } from 'vitest';
import {
  challengeSchema,
  clientMac,
  clientTranscript,
  encodeFrame,
  FrameDecoder,
  helloSchema,
  idOf,
  JSON_FAULTS,
  macEquals,
  macKey,
  parseGuarded,
  parseRequest,
  proofSchema,
  serverMac,
  serverTranscript,
  welcomeSchema,
  type ChannelBinding,
  type ChannelBindingType,
} from '../../../src/protocol/index.js';

type Body = { name: string; text?: string; hex?: string; reason?: string };
type Handshake = Record<string, string> & { channel_binding: { type: ChannelBindingType; data_hex: string } };
type Vectors = {
  frames: {
    body_bytes_max: number;
    accepted: { name: string; body_text: string; body_bytes: number; frame_hex: string }[];
    streams: { name: string; chunks_hex: string[]; bodies_text: string[] }[];
    refused: { name: string; frame_hex: string; error: string }[];
  };
  handshake: Handshake[];
  pins: Record<'certificate_der_hex' | 'public_key_der_hex' | 'pin', string>[];
  exporter: Record<
    'hash' | 'exporter_secret_hex' | 'label' | 'derived_secret_hex' | 'keying_material_hex',
    string
  >[];
  access_tokens: {
    public_key_pem: string;
    public_key_jwk: { crv: string; kty: string; x: string };
    kid: string;
    header: object;
    claims: { iat: number; exp: number };
    token: string;
  }[];
  json: { accepted: Body[]; refused: Body[]; several_faults: Body[] };
  requests: {
    accepted: { name: string; text: string; action: string; id: string | null; params: object }[];
    refused: { name: string; text: string; error: string; reply_id: string | null }[];
  };
};

const file = new URL('../../../docs/protocol/vectors.json', import.meta.url);
const vectors = JSON.parse(readFileSync(file, 'utf8')) as Vectors;
const hex = (text: string): Buffer => Buffer.from(text, 'hex');
const bytesOf = (body: Body): Buffer => (body.hex === undefined ? Buffer.from(body.text!) : hex(body.hex));

describe('frames', () => {
  test.each(vectors.frames.accepted)('$name', ({ body_text, body_bytes, frame_hex }) => {
    expect(encodeFrame(body_text).toString('hex')).toBe(frame_hex);
    // Independently: four bytes by hand.
    const length = body_bytes.toString(16).padStart(8, '0');
    expect(frame_hex).toBe(length + Buffer.from(body_text).toString('hex'));
    const [body] = new FrameDecoder(vectors.frames.body_bytes_max).push(hex(frame_hex));
    expect(body?.toString()).toBe(body_text);
  });

  test.each(vectors.frames.streams)('$name', ({ chunks_hex, bodies_text }) => {
    const decoder = new FrameDecoder(vectors.frames.body_bytes_max);
    expect(chunks_hex.flatMap((chunk) => decoder.push(hex(chunk)).map(String))).toEqual(bodies_text);
  });

  test.each(vectors.frames.refused)('$name', ({ frame_hex, error }) => {
    const decoder = new FrameDecoder(vectors.frames.body_bytes_max);
    expect(decoder.push(hex(frame_hex))).toEqual([]);
    expect(decoder.fault).toBe(error);
  });
});

describe('handshake', () => {
  test('there are at least three, with both bindings', () => {
    expect(vectors.handshake.length).toBeGreaterThanOrEqual(3);
    expect(new Set(vectors.handshake.map((vector) => vector.channel_binding.type)).size).toBe(2);
  });

  describe.each(vectors.handshake)('$name', (vector) => {
    const text = (name: string): Buffer => Buffer.from(vector[name]!);

    test('our code gives the same', () => {
      const key = hex(vector['client_key_hex']!);
      const { type, data_hex } = vector.channel_binding;
      const binding: ChannelBinding = { type, data: hex(data_hex) };
      const frames = { challenge: text('challenge_body_text'), hello: text('hello_body_text') };
      const proof = text('proof_body_text');
      expect(macKey(key, 'client').toString('hex')).toBe(vector['client_role_key_hex']);
      expect(macKey(key, 'server').toString('hex')).toBe(vector['server_role_key_hex']);
      expect(clientTranscript(binding, frames).toString('hex')).toBe(vector['client_transcript_hex']);
      expect(serverTranscript(binding, frames, proof).toString('hex')).toBe(vector['server_transcript_hex']);
      expect(clientMac(key, binding, frames).toString('hex')).toBe(vector['client_mac_hex']);
      expect(serverMac(key, binding, frames, proof).toString('hex')).toBe(vector['server_mac_hex']);
      expect(macEquals(vector['server_mac_base64url']!, hex(vector['server_mac_hex']!))).toBe(true);
    });

    test('a computation by hand gives the same', () => {
      const sha256 = (key: Buffer, ...data: Buffer[]): Buffer =>
        createHmac('sha256', key).update(Buffer.concat(data)).digest();
      const lp = (data: Buffer): Buffer => {
        const { length } = data;
        const prefix = [length >>> 24, (length >>> 16) & 255, (length >>> 8) & 255, length & 255];
        return Buffer.concat([Buffer.from(prefix), data]);
      };
      const prk = sha256(Buffer.alloc(32), hex(vector['client_key_hex']!));
      const roleKey = (info: string): Buffer => sha256(prk, Buffer.from(info), Buffer.from([1]));
      const clientKey = roleKey('portcullis/1 client mac');
      const serverKey = roleKey('portcullis/1 server mac');
      expect(clientKey.toString('hex')).toBe(vector['client_role_key_hex']);
      expect(serverKey.toString('hex')).toBe(vector['server_role_key_hex']);
      const transcript = Buffer.concat([
        lp(Buffer.from('portcullis/1')),
        lp(Buffer.from(vector.channel_binding.type, 'ascii')),
        lp(hex(vector.channel_binding.data_hex)),
        lp(text('challenge_body_text')),
        lp(text('hello_body_text')),
      ]);
      expect(transcript.toString('hex')).toBe(vector['client_transcript_hex']);
      const client = sha256(clientKey, transcript);
      const server = sha256(serverKey, transcript, lp(text('proof_body_text')));
      expect(client.toString('hex')).toBe(vector['client_mac_hex']);
      expect(server.toString('hex')).toBe(vector['server_mac_hex']);
      const base64url = (bytes: Buffer): string =>
        bytes.toString('base64').replaceAll('+', '-').replaceAll('/', '_').replaceAll('=', '');
      const said = (name: string) => JSON.parse(vector[name]!) as Record<string, unknown>;
      expect(said('proof_body_text')['mac']).toBe(base64url(client));
      expect(said('welcome_body_text')['mac']).toBe(base64url(server));
    });

    test('the frames fit the schemas and agree with each other', () => {
      const challenge = challengeSchema.parse(JSON.parse(vector['challenge_body_text']!));
      const hello = helloSchema.parse(JSON.parse(vector['hello_body_text']!));
      proofSchema.parse(JSON.parse(vector['proof_body_text']!));
      welcomeSchema.parse(JSON.parse(vector['welcome_body_text']!));
      expect(challenge.channel_binding).toBe(vector.channel_binding.type);
      expect(hello.channel_binding).toBe(vector.channel_binding.type);
      expect(hello.key_id).toBe(vector['key_id']);
      expect(hex(vector.channel_binding.data_hex)).toHaveLength(
        vector.channel_binding.type === 'none' ? 0 : 32,
      );
    });
  });
});

describe('the channel', () => {
  test.each(vectors.pins)('a pin is the digest of the public key of its certificate', (vector) => {
    const { publicKey } = new X509Certificate(hex(vector.certificate_der_hex));
    const der = publicKey.export({ type: 'spki', format: 'der' });
    expect(der.toString('hex')).toBe(vector.public_key_der_hex);
    expect(vector.pin).toBe(`sha256-${createHash('sha256').update(der).digest('base64url')}`);
  });

  test.each(vectors.exporter)('the exporter by hand, $hash', (vector) => {
    const size = vector.hash === 'sha256' ? 32 : 48;
    const empty = createHash(vector.hash).digest();
    const derived = createHmac(vector.hash, hex(vector.exporter_secret_hex))
      .update(Buffer.concat([Buffer.from([0, size, 30]), Buffer.from('tls13 EXPORTER-Channel-Binding')]))
      .update(Buffer.concat([Buffer.from([size]), empty, Buffer.from([1])]))
      .digest();
    expect(derived.toString('hex')).toBe(vector.derived_secret_hex);
    const material = createHmac(vector.hash, derived)
      .update(Buffer.concat([Buffer.from([0, 32, 14]), Buffer.from('tls13 exporter'), Buffer.from([size])]))
      .update(Buffer.concat([empty, Buffer.from([1])]))
      .digest()
      .subarray(0, 32);
    expect(material.toString('hex')).toBe(vector.keying_material_hex);
  });

  test('the exporter has both hashes, and an output that OpenSSL gave for each', () => {
    expect(vectors.exporter.map(({ hash }) => hash)).toEqual(['sha256', 'sha384', 'sha256', 'sha384']);
    expect(vectors.exporter.slice(2).map(({ keying_material_hex }) => keying_material_hex)).toEqual([
      'a3ae1ba715a50d1587d0623877efc376653fb2ea3222b0ba2f6193a787ff41ff',
      'f5949604c642e4bbc20a63c0df3d8131c03b05e840d3c9e8de8b4e53b85b930e',
    ]);
  });
});

describe('access tokens', () => {
  test.each(vectors.access_tokens)('are checked with the public key alone', (vector) => {
    const [header = '', claims = '', signature = ''] = vector.token.split('.');
    const signed = Buffer.from(`${header}.${claims}`);
    for (const key of [vector.public_key_pem, createPublicKey({ key: vector.public_key_jwk, format: 'jwk' })])
      expect(verify(null, signed, key, Buffer.from(signature, 'base64url'))).toBe(true);
    expect(JSON.parse(Buffer.from(header, 'base64url').toString())).toEqual(vector.header);
    expect(JSON.parse(Buffer.from(claims, 'base64url').toString())).toEqual(vector.claims);
    expect(vector.header).toEqual({ alg: 'EdDSA', typ: 'at+jwt', kid: vector.kid });
    expect(vector.claims.exp - vector.claims.iat).toBe(900);
    const { x } = vector.public_key_jwk;
    const thumbprint = createHash('sha256').update(`{"crv":"Ed25519","kty":"OKP","x":"${x}"}`);
    expect(thumbprint.digest('base64url')).toBe(vector.kid);
  });
});

describe('JSON', () => {
  test('at least forty are refused, and every fault is among them', () => {
    expect(vectors.json.refused.length).toBeGreaterThanOrEqual(40);
    const reasons = new Set(vectors.json.refused.map(({ reason }) => reason));
    expect([...reasons].sort()).toEqual(Object.keys(JSON_FAULTS).sort());
  });

  test.each(vectors.json.accepted)('accepted: $name', (body) => {
    expect(parseGuarded(bytesOf(body))).toEqual({ value: JSON.parse(bytesOf(body).toString('utf8')) });
  });

  test.each([...vectors.json.refused, ...vectors.json.several_faults])('refused: $name', (body) => {
    expect(parseGuarded(bytesOf(body))).toEqual({ fault: body.reason });
  });
});

describe('requests', () => {
  const objectOf = (text: string) => {
    const guarded = parseGuarded(Buffer.from(text));
    if ('fault' in guarded) throw new Error(guarded.fault);
    return guarded.value;
  };

  test.each(vectors.requests.accepted)('accepted: $name', ({ text, action, id, params }) => {
    expect(parseRequest(objectOf(text))).toEqual({ action, id, params });
  });

  test.each(vectors.requests.refused)('refused: $name', ({ text, error, reply_id }) => {
    expect(parseRequest(objectOf(text))).toBeNull();
    expect(idOf(objectOf(text))).toBe(reply_id);
    expect(error).toBe('invalid_envelope');
  });
});
