import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import { encodeFrame, LIMITS, type JsonFault, type JsonObject } from '../../src/protocol/index.js';
import { RawPeer, registered } from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

/** A frame header that announces `length` bytes. */
function header(length: number): Buffer {
  const bytes = Buffer.alloc(4);
  bytes.writeUInt32BE(length);
  return bytes;
}

/** A probe request of exactly `length` bytes, padded with spaces that JSON allows. */
function probeOf(length: number, id: string): string {
  const body = JSON.stringify({ action: 'probe', id });
  return body + ' '.repeat(length - body.length);
}

let server: TestServer;
beforeAll(async () => (server = await startServer()));
afterAll(async () => server[Symbol.asyncDispose]());

// Whatever happened to one connection, the next one is served.
afterEach(async () => {
  await using next = await RawPeer.handshaken(server);
  await next.call('probe');
});

/** The last words of a connection that must end in order, without a reset. */
async function lastWords(peer: RawPeer): Promise<JsonObject> {
  const all = await peer.takeAll();
  expect(all).toHaveLength(1);
  expect(peer.broken, 'no reset').toBeNull();
  return all[0] ?? {};
}

describe('frames that can not be', () => {
  test('4 KiB is taken before sign-in', async () => {
    await using peer = await RawPeer.handshaken(server);
    peer.send(probeOf(LIMITS.frame_bytes_max_before_sign_in, 'full'));
    expect(await peer.take()).toMatchObject({ response: 200, id: 'full' });
  });

  test.each([
    ['one byte more than 4 KiB', LIMITS.frame_bytes_max_before_sign_in + 1],
    ['64 KiB', LIMITS.frame_bytes_max],
    ['4 GiB', 0xffffffff],
    ['what a text protocol would send', Buffer.from('GET ').readUInt32BE()],
  ])('%s before sign-in: frame_too_large on the header alone, and close', async (_what, length) => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(header(length));
    expectRefusal(await lastWords(peer), 'frame_too_large');
  });

  test('too large before the handshake, too', async () => {
    await using peer = await RawPeer.open(server);
    await peer.take();
    peer.sendBytes(header(LIMITS.frame_bytes_max_before_sign_in + 1));
    expectRefusal(await lastWords(peer), 'frame_too_large');
  });

  test('64 KiB is taken after sign-in, one byte more is not', async () => {
    await using anna = await registered(server, 'anna.large');
    anna.peer.send(probeOf(LIMITS.frame_bytes_max, 'full'));
    expect(await anna.peer.take()).toMatchObject({ response: 200, id: 'full' });
    anna.peer.sendBytes(header(LIMITS.frame_bytes_max + 1));
    expectRefusal(await lastWords(anna.peer), 'frame_too_large');
  });

  test('a refused sign-in raises no limit', async () => {
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'nobody', password: 'wrong horse' };
    expectRefusal(await peer.ask('authenticate', { user }), 'invalid_credentials');
    peer.sendBytes(header(LIMITS.frame_bytes_max_before_sign_in + 1));
    expectRefusal(await lastWords(peer), 'frame_too_large');
  });

  test('a large frame right behind a sign-in is refused after the answer to the sign-in', async () => {
    await using peer = await RawPeer.handshaken(server);
    const user = { account_name: 'hasty', password: 'correct horse battery staple' };
    peer.sendBytes(
      Buffer.concat([
        encodeFrame(JSON.stringify({ action: 'register', id: 'r', user })),
        encodeFrame(probeOf(LIMITS.frame_bytes_max_before_sign_in + 1, 'p')),
      ]),
    );
    expect(await peer.take()).toMatchObject({ response: 201, id: 'r' });
    expectRefusal(await lastWords(peer), 'frame_too_large');
  });

  test('a frame of no bytes: frame_empty and close', async () => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(header(0));
    expectRefusal(await lastWords(peer), 'frame_empty');
  });

  test.each([
    ['a little', 64 * 1024],
    ['much', 900 * 1024],
  ])('the refusal arrives although the peer has sent %s more than was read', async (_what, more) => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(Buffer.concat([header(0xffffffff), Buffer.alloc(more, 0x20)]));
    expectRefusal(await lastWords(peer), 'frame_too_large');
  });

  test('a frame in single bytes is the same frame', async () => {
    await using peer = await RawPeer.handshaken(server);
    for (const byte of encodeFrame(JSON.stringify({ action: 'probe', id: 'drip' }))) {
      peer.sendBytes(Buffer.of(byte));
      await new Promise((resolve) => setImmediate(resolve));
    }
    expect(await peer.take()).toMatchObject({ response: 200, id: 'drip' });
  });
});

const raw = (bytes: string | readonly number[]): Buffer => {
  const body = typeof bytes === 'string' ? Buffer.from(bytes) : Buffer.from(bytes);
  return Buffer.concat([header(body.length), body]);
};

/** Each with the fault that `details` must name. */
const UNACCEPTABLE: readonly (readonly [string, Buffer, JsonFault])[] = [
  ['invalid UTF-8', raw([0x7b, 0x22, 0xff, 0x22, 0x3a, 0x31, 0x7d]), 'not_utf8'],
  ['over-long UTF-8', raw([0x7b, 0x22, 0xc0, 0xaf, 0x22, 0x3a, 0x31, 0x7d]), 'not_utf8'],
  ['a surrogate in UTF-8', raw([0x7b, 0x22, 0xed, 0xa0, 0x80, 0x22, 0x3a, 0x31, 0x7d]), 'not_utf8'],
  ['no JSON', raw('hello'), 'not_json'],
  ['half an object', raw('{"action":"probe"'), 'not_json'],
  ['two objects', raw('{} {}'), 'not_json'],
  ['a byte order mark', raw('\u{FEFF}{"action":"probe"}'), 'not_json'],
  ['a comment', raw('{"action":"probe"/**/}'), 'not_json'],
  ['NaN', raw('{"action":"probe","time":NaN}'), 'not_json'],
  ['an array', raw('["action","probe"]'), 'not_an_object'],
  ['a string', raw('"probe"'), 'not_an_object'],
  ['null', raw('null'), 'not_an_object'],
  ['a number', raw('7'), 'not_an_object'],
  ['a depth of 33', raw(`{"a":${'['.repeat(32)}${']'.repeat(32)}}`), 'too_deep'],
  ['257 keys', raw(`{${Array.from({ length: 257 }, (_, i) => `"k${i}":1`).join()}}`), 'too_many_keys'],
  ['a key twice', raw('{"action":"probe","action":"quit"}'), 'duplicate_key'],
  ['a key twice, once escaped', raw('{"action":"probe","\\u0061ction":"quit"}'), 'duplicate_key'],
  ['a key twice, further in', raw('{"action":"probe","user":{"a":1,"a":2}}'), 'duplicate_key'],
  ['__proto__', raw('{"action":"probe","__proto__":{"role":"admin"}}'), 'forbidden_key'],
  ['__proto__, escaped', raw('{"action":"probe","__pr\\u006fto__":{}}'), 'forbidden_key'],
  ['constructor', raw('{"action":"probe","user":{"constructor":{}}}'), 'forbidden_key'],
  ['prototype', raw('{"action":"probe","prototype":1}'), 'forbidden_key'],
  ['half a surrogate pair', raw('{"action":"probe","id":"\\ud800"}'), 'lone_surrogate'],
  ['a pair the wrong way round', raw('{"action":"probe","id":"\\udc00\\ud800"}'), 'lone_surrogate'],
  ['U+0000', raw('{"action":"probe","id":"a\\u0000b"}'), 'null_character'],
  ['2^53', raw('{"action":"probe","time":9007199254740992}'), 'unsafe_number'],
  ['1e400', raw('{"action":"probe","time":1e400}'), 'unsafe_number'],
];

describe('JSON that can not be', () => {
  test.each(UNACCEPTABLE)('%s: invalid_json, and the connection lives', async (_what, bytes, reason) => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(bytes);
    const refusal = await peer.take();
    expectRefusal(refusal, 'invalid_json');
    expect(refusal).toMatchObject({ details: [{ path: '', reason }] });
    expect(refusal).not.toHaveProperty('id');
    await peer.call('probe');
  });

  test('a depth of 32 is taken', async () => {
    await using peer = await RawPeer.handshaken(server);
    peer.send(`{"action":"probe","id":"deep","a":${'['.repeat(31)}${']'.repeat(31)}}`);
    const refusal = await peer.take();
    expectRefusal(refusal, 'invalid_params');
    expect(refusal).toMatchObject({ id: 'deep', details: [{ path: 'a', reason: 'unknown_parameter' }] });
  });

  test('a depth as large as a frame can hold, from someone who is signed in, is refused at once', async () => {
    await using anna = await registered(server, 'anna.deep');
    const depth = (LIMITS.frame_bytes_max - 6) / 2;
    const elapsed = stopwatch();
    anna.peer.send(`{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`);
    expect(await anna.peer.take()).toMatchObject({
      code: 'invalid_json',
      details: [{ path: '', reason: 'too_deep' }],
    });
    expect(elapsed()).toBeLessThan(500);
    await anna.peer.call('whoami');
  });

  test('a depth of 100,000 does not even fit: frame_too_large', async () => {
    await using anna = await registered(server, 'anna.deeper');
    anna.peer.send(`{"a":${'['.repeat(100_000)}${']'.repeat(100_000)}}`);
    expectRefusal(await lastWords(anna.peer), 'frame_too_large');
  });

  test('the seventeenth bad frame of a connection ends it', async () => {
    await using peer = await RawPeer.handshaken(server);
    for (let n = 0; n < LIMITS.bad_frames_max; n += 1) {
      peer.send(n % 2 === 0 ? '[]' : '{"action":1}');
      expectRefusal(await peer.take(), n % 2 === 0 ? 'invalid_json' : 'invalid_envelope');
    }
    await peer.call('probe');
    peer.send('[]');
    expectRefusal(await lastWords(peer), 'too_many_bad_frames');
  });

  test('seventeen bad frames in one write: each is told, the last one ends it', async () => {
    await using peer = await RawPeer.handshaken(server);
    peer.sendBytes(Buffer.concat(Array.from({ length: 40 }, () => encodeFrame('[]'))));
    const all = await peer.takeAll();
    expect(all).toHaveLength(LIMITS.bad_frames_max + 1);
    expectRefusal(all.at(-1), 'too_many_bad_frames');
    expect(peer.broken).toBeNull();
  });
});

describe('envelopes that can not be', () => {
  test.each([
    ['no action', '{"id":"1"}', '1'],
    ['an action that is null', '{"action":null,"id":"1"}', '1'],
    ['an action that is a list', '{"action":["probe"],"id":"1"}', '1'],
    ['an id that is a number', '{"action":"probe","id":1}', undefined],
    ['an empty id', '{"action":"probe","id":""}', undefined],
    ['an id of 65 characters', `{"action":"probe","id":"${'i'.repeat(65)}"}`, undefined],
    ['a time that is text', '{"action":"probe","id":"1","time":"now"}', '1'],
  ])('%s: invalid_envelope, and the connection lives', async (_what, body, id) => {
    await using peer = await RawPeer.handshaken(server);
    peer.send(body);
    const refusal = await peer.take();
    expectRefusal(refusal, 'invalid_envelope');
    expect(refusal?.['id']).toBe(id);
    await peer.call('probe');
  });

  test('a request without an id is answered without one', async () => {
    await using peer = await RawPeer.handshaken(server);
    peer.send({ action: 'probe' });
    const reply = await peer.take();
    expect(reply).toMatchObject({ response: 200, alert: 'alive' });
    expect(reply).not.toHaveProperty('id');
  });
});
