import { createHmac, hkdfSync, randomBytes } from 'node:crypto';
import { describe, expect, test } from 'vitest';
import {
  challengeSchema,
  clientMac,
  clientTranscript,
  helloSchema,
  macEquals,
  macKey,
  NO_BINDING,
  proofSchema,
  serverMac,
  welcomeSchema,
  type ChannelBinding,
} from '../../../src/protocol/index.js';

const key = Buffer.alloc(32, 7);
const frames = { challenge: Buffer.from('{"challenge":1}'), hello: Buffer.from('{"hello":1}') };
const proof = Buffer.from('{"proof":1}');
const tls: ChannelBinding = { type: 'tls-exporter', data: Buffer.alloc(32, 9) };

describe('MACs', () => {
  test('differ when anything in them differs', () => {
    const macs = [
      clientMac(key, NO_BINDING, frames),
      clientMac(Buffer.alloc(32, 8), NO_BINDING, frames),
      clientMac(key, tls, frames),
      clientMac(key, { ...tls, data: Buffer.alloc(32, 10) }, frames),
      clientMac(key, NO_BINDING, { ...frames, challenge: Buffer.from('{"challenge":2}') }),
      clientMac(key, NO_BINDING, { ...frames, hello: Buffer.from('{"hello":1} ') }),
      serverMac(key, NO_BINDING, frames, proof),
      serverMac(key, NO_BINDING, frames, Buffer.from('{"proof":2}')),
      serverMac(key, NO_BINDING, frames, Buffer.alloc(0)),
    ].map((mac) => mac.toString('hex'));
    expect(new Set(macs).size).toBe(macs.length);
  });

  test('no byte can move from one part of the transcript into the next', () => {
    const moved = { challenge: Buffer.from('{"challenge":1}{'), hello: Buffer.from('"hello":1}') };
    expect(clientTranscript(NO_BINDING, moved)).not.toEqual(clientTranscript(NO_BINDING, frames));
    expect(clientTranscript(NO_BINDING, { challenge: frames.hello, hello: frames.challenge })).not.toEqual(
      clientTranscript(NO_BINDING, frames),
    );
  });

  test('the roles have different keys of 32 bytes', () => {
    expect(macKey(key, 'client')).not.toEqual(macKey(key, 'server'));
    expect(macKey(key, 'client')).toHaveLength(32);
    expect(macKey(key, 'client')).toEqual(
      Buffer.from(hkdfSync('sha256', key, '', 'portcullis/1 client mac', 32)),
    );
  });
});

describe('macEquals', () => {
  const mac = createHmac('sha256', key).digest();

  test('takes the same MAC', () => expect(macEquals(mac.toString('base64url'), mac)).toBe(true));

  test.each([
    ['', 'empty'],
    [mac.toString('base64url').slice(0, -2), 'shorter'],
    [`${mac.toString('base64url')}AA`, 'longer'],
    [randomBytes(32).toString('base64url'), 'another'],
    [mac.toString('hex'), 'hexadecimal'],
  ])('refuses %s (%s) and does not throw', (text) => expect(macEquals(text, mac)).toBe(false));
});

describe('schemas', () => {
  const nonce = randomBytes(32).toString('base64url');
  const hello = { action: 'hello', key_id: 'default', nonce, suite: 'hmac-sha256', channel_binding: 'none' };

  test('take what they should', () => {
    expect(helloSchema.safeParse(hello).success).toBe(true);
    expect(helloSchema.safeParse({ ...hello, time: 1.5 }).success).toBe(true);
    expect(proofSchema.safeParse({ action: 'proof', mac: nonce }).success).toBe(true);
  });

  test.each([
    ['an unknown name', { ...hello, more: 1 }],
    ['padding', { ...hello, nonce: `${nonce}=` }],
    ['31 bytes', { ...hello, nonce: randomBytes(31).toString('base64url') }],
    ['33 bytes', { ...hello, nonce: randomBytes(33).toString('base64url') }],
    ['plain base64', { ...hello, nonce: `+/${nonce.slice(2)}` }],
    ['a second spelling of the same bytes', { ...hello, nonce: `${'A'.repeat(42)}B` }],
    ['a line break at the end', { ...hello, nonce: `${nonce}\n` }],
    ['a suite that nobody offered', { ...hello, suite: 'hmac-md5' }],
    ['a key id with a dot', { ...hello, key_id: 'a.b' }],
    ['an empty key id', { ...hello, key_id: '' }],
    ['another action', { ...hello, action: 'authenticate' }],
  ])('refuse a hello with %s', (_, value) => expect(helloSchema.safeParse(value).success).toBe(false));

  test('let the server say more than today, for the sake of tomorrow', () => {
    const challenge = {
      action: 'challenge',
      time: 1,
      protocol: 'portcullis/1',
      server_name: 'x',
      challenge_id: 'c',
      nonce,
      suites: ['hmac-sha256', 'of-the-future'],
      channel_binding: 'none',
      deadline_ms: 5000,
      more: 1,
    };
    expect(challengeSchema.safeParse(challenge).success).toBe(true);
    expect(challengeSchema.safeParse({ ...challenge, protocol: 'portcullis/2' }).success).toBe(false);
    const welcome = { response: 200, time: 1, alert: 'x', mac: nonce };
    expect(welcomeSchema.safeParse({ ...welcome, more: 1 }).success).toBe(true);
    expect(welcomeSchema.safeParse({ ...welcome, response: 201 }).success).toBe(false);
  });
});
