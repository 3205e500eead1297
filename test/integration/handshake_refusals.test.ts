import { randomBytes } from 'node:crypto';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { clientMac, encodeFrame, NO_BINDING, type JsonObject } from '../../src/protocol/index.js';
import { RawPeer } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';

const nonce = (): string => randomBytes(32).toString('base64url');
const hello = (changes: object = {}): object => ({
  action: 'hello',
  key_id: 'local',
  nonce: nonce(),
  suite: 'hmac-sha256',
  channel_binding: 'none',
  ...changes,
});

describe('whoever does not prove the client key stays outside', () => {
  let server: TestServer;
  beforeAll(async () => (server = await startServer()));
  afterAll(async () => server[Symbol.asyncDispose]());

  // Whatever happened to one connection, the next one is served.
  afterEach(async () => {
    await using next = await RawPeer.handshaken(server);
    await next.call('probe');
  });

  /** All that the server says after the challenge, up to the end of the connection, which must be an orderly one. */
  async function answersTo(...messages: (object | string | Buffer)[]): Promise<JsonObject[]> {
    await using peer = await RawPeer.open(server);
    await peer.take();
    for (const message of messages) {
      if (Buffer.isBuffer(message)) peer.sendBytes(message);
      else peer.send(message);
    }
    const all = await peer.takeAll();
    expect(peer.broken, 'no reset').toBeNull();
    return all;
  }

  test('the challenge is the first frame and offers one suite', async () => {
    await using peer = await RawPeer.open(server);
    const challenge = await peer.take();
    expect(challenge).toMatchObject({
      action: 'challenge',
      protocol: 'portcullis/1',
      suites: ['hmac-sha256'],
      channel_binding: 'none',
      deadline_ms: 5000,
    });
    expect(challenge?.['nonce']).toMatch(/^[A-Za-z0-9_-]{43}$/);
  });

  test('a wrong key and an unknown key id get the same bytes at the same step', async () => {
    const bodies: string[] = [];
    for (const key of [
      { key_id: 'local', key: randomBytes(32) },
      { key_id: 'nobody', key: randomBytes(32) },
      { key_id: 'nobody', key: server.address.key.key },
    ]) {
      await using peer = await RawPeer.open(server);
      const refusal = await peer.handshake(key);
      expectRefusal(refusal, 'hmac_error');
      expect(await peer.take(), 'closed').toBeNull();
      expect(peer.broken).toBeNull();
      bodies.push(JSON.stringify({ ...refusal, time: 0 }));
    }
    expect(new Set(bodies).size).toBe(1);
  });

  test('an unknown key id is not told after hello, only after the proof', async () => {
    await using peer = await RawPeer.open(server);
    await peer.take();
    peer.send(hello({ key_id: 'nobody' }));
    await new Promise((resolve) => setTimeout(resolve, 100));
    expect(peer.takeArrived()).toEqual([]);
    peer.send({ action: 'proof', mac: nonce() });
    expectRefusal(await peer.take(), 'hmac_error');
  });

  test.each([
    ['no nonce', hello({ nonce: undefined })],
    ['a short nonce', hello({ nonce: randomBytes(31).toString('base64url') })],
    ['a long nonce', hello({ nonce: randomBytes(33).toString('base64url') })],
    ['a nonce with padding', hello({ nonce: `${nonce()}=` })],
    ['a nonce in plain base64', hello({ nonce: `${'+/'.repeat(21)}A` })],
    ['a nonce with spare bits', hello({ nonce: `${'A'.repeat(42)}B` })],
    ['a nonce that is a number', hello({ nonce: 1 })],
    ['an empty key id', hello({ key_id: '' })],
    ['a key id of 65 characters', hello({ key_id: 'k'.repeat(65) })],
    ['a key id that walks', hello({ key_id: '../local' })],
    ['a suite that was not offered', hello({ suite: 'hmac-md5' })],
    ['an unknown field', hello({ role: 'admin' })],
  ])('hello with %s: hmac_error and close', async (_what, message) => {
    const answers = await answersTo(message);
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], 'hmac_error');
  });

  test('a channel binding that this channel does not have fails at the proof', async () => {
    await using peer = await RawPeer.open(server);
    const challenge = await peer.takeBody();
    const said = Buffer.from(JSON.stringify(hello({ channel_binding: 'tls-exporter' })));
    peer.sendBytes(encodeFrame(said.toString()));
    const mac = clientMac(server.address.key.key, NO_BINDING, { challenge: challenge!, hello: said });
    peer.send({ action: 'proof', mac: mac.toString('base64url') });
    expectRefusal(await peer.take(), 'hmac_error');
  });

  test.each([
    ['no mac', { action: 'proof' }],
    ['a short mac', { action: 'proof', mac: randomBytes(16).toString('base64url') }],
    ['an empty mac', { action: 'proof', mac: '' }],
    ['a mac with padding', { action: 'proof', mac: `${nonce()}=` }],
    ['a mac that is an array', { action: 'proof', mac: [nonce()] }],
    ['an unknown field', { action: 'proof', mac: nonce(), key_id: 'local' }],
  ])('a proof with %s: hmac_error and close', async (_what, proof) => {
    const answers = await answersTo(hello(), proof);
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], 'hmac_error');
  });

  test('a right proof of another challenge is worth nothing', async () => {
    await using first = await RawPeer.open(server);
    const challenge = await first.takeBody();
    const said = Buffer.from(JSON.stringify(hello()));
    const mac = clientMac(server.address.key.key, NO_BINDING, { challenge: challenge!, hello: said });
    const answers = await answersTo(said.toString(), { action: 'proof', mac: mac.toString('base64url') });
    expectRefusal(answers[0], 'hmac_error');
  });

  test.each([
    ['a call', [{ action: 'probe', id: '1' }]],
    ['a sign-in', [{ action: 'authenticate', user: { account_name: 'x', password: 'y' } }]],
    ['the proof first', [{ action: 'proof', mac: nonce() }]],
    ['hello twice', [hello(), hello()]],
    ['a call between hello and proof', [hello(), { action: 'whoami' }]],
    ['a message without an action', [{}]],
    ['an action that is a number', [{ action: 1 }]],
  ])('%s before the handshake is done: handshake_required and close', async (_what, messages) => {
    const answers = await answersTo(...messages);
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], 'handshake_required');
  });

  test('the refusal carries the id of the request that came too early', async () => {
    const [answer] = await answersTo({ action: 'whoami', id: 'early' });
    expect(answer).toMatchObject({ id: 'early', code: 'handshake_required' });
  });

  test('bad JSON before the handshake: told once, then closed', async () => {
    const answers = await answersTo('{', '{', '{');
    expect(answers).toHaveLength(1);
    expectRefusal(answers[0], 'invalid_json');
  });

  test('hello after the handshake is an unknown action, and the connection lives', async () => {
    await using peer = await RawPeer.handshaken(server);
    expectRefusal(await peer.ask('hello', { nonce: nonce() }), 'unknown_action');
    expectRefusal(await peer.ask('proof', { mac: nonce() }), 'unknown_action');
    await peer.call('probe');
  });

  test('calls written behind the proof in one piece are answered after the welcome', async () => {
    await using peer = await RawPeer.open(server);
    const challenge = await peer.takeBody();
    const said = Buffer.from(JSON.stringify(hello()));
    const mac = clientMac(server.address.key.key, NO_BINDING, { challenge: challenge!, hello: said });
    peer.sendBytes(
      Buffer.concat([
        encodeFrame(said.toString()),
        encodeFrame(JSON.stringify({ action: 'proof', mac: mac.toString('base64url') })),
        encodeFrame(JSON.stringify({ action: 'probe', id: 'p' })),
      ]),
    );
    expect(await peer.take()).toMatchObject({ response: 200, alert: 'welcome' });
    expect(await peer.take()).toMatchObject({ response: 200, id: 'p' });
  });
});
