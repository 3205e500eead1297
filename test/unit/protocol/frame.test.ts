import { describe, expect, test } from 'vitest';
import { encodeFrame, encodeFrames, FRAME_HEADER_BYTES, FrameDecoder } from '../../../src/protocol/index.js';

const texts = (bodies: readonly Buffer[]): string[] => bodies.map((body) => body.toString('utf8'));
const header = (length: number): Buffer => {
  const bytes = Buffer.alloc(FRAME_HEADER_BYTES);
  bytes.writeUInt32BE(length);
  return bytes;
};

test('a frame is a big-endian length in bytes and the body', () => {
  expect(encodeFrame('{}').toString('hex')).toBe('000000027b7d');
  expect(encodeFrame('"é"').toString('hex')).toBe('0000000422c3a922');
});

test.each([
  ['none', []],
  ['one', ['{}']],
  ['some', ['{"a":1}', '"é"', '"\u{1f600}"', '{}']],
  ['more than fits at once', Array.from({ length: 30 }, (_, n) => `"${'é'.repeat(n * 1_000)}"`)],
  ['a long one behind short ones', ['{}', `"${'€'.repeat(100_000)}"`, '{}']],
])('frames together are the same bytes as one after the other: %s', (_what, bodies) => {
  expect(encodeFrames(bodies).equals(Buffer.concat(bodies.map(encodeFrame)))).toBe(true);
});

test('a buffer of frames stays as it is when the next ones are made', () => {
  const first = encodeFrames(['{"a":1}']);
  const before = first.toString('hex');
  encodeFrames(['{"b":2,"c":3}']);
  expect(first.toString('hex')).toBe(before);
});

describe('the decoder', () => {
  test('takes frames in single bytes', () => {
    const decoder = new FrameDecoder(100);
    const bodies = [...Buffer.concat([encodeFrame('{"a":1}'), encodeFrame('{}')])].flatMap((byte) =>
      texts(decoder.push(Buffer.from([byte]))),
    );
    expect(bodies).toEqual(['{"a":1}', '{}']);
    expect(decoder.pendingBytes).toBe(0);
  });

  test.each([1, 7, 60, 64, 65, 100])('keeps a long body that comes in pieces of %i bytes', (size) => {
    const decoder = new FrameDecoder(10_000);
    const body = Array.from({ length: 1_000 }, (_, at) => String(at)).join('');
    const frame = encodeFrame(body);
    const bodies: string[] = [];
    for (let at = 0; at < frame.length; at += size) {
      bodies.push(...texts(decoder.push(frame.subarray(at, at + size))));
    }
    expect(bodies).toEqual([body]);
  });

  test('takes many frames in one chunk, and keeps what is incomplete', () => {
    const decoder = new FrameDecoder(100);
    const bytes = Buffer.concat([
      encodeFrame('{"a":1}'),
      encodeFrame('{"b":2}'),
      header(9),
      Buffer.from('{"c'),
    ]);
    expect(texts(decoder.push(bytes))).toEqual(['{"a":1}', '{"b":2}']);
    expect(decoder.pendingBytes).toBe(7);
    expect(texts(decoder.push(Buffer.from('":345}')))).toEqual(['{"c":345}']);
  });

  test('takes a body of exactly the limit, and not one byte more', () => {
    const decoder = new FrameDecoder(5);
    expect(texts(decoder.push(encodeFrame('12345')))).toEqual(['12345']);
    expect(decoder.push(encodeFrame('123456'))).toEqual([]);
    expect(decoder.fault).toBe('frame_too_large');
  });

  test.each([
    ['frame_empty', header(0)],
    ['frame_too_large', header(101)],
    ['frame_too_large', header(0xffffffff)],
    ['frame_too_large', Buffer.from('GET / HTTP/1.1\r\n')],
  ])('finds %s by the header alone, in one piece or in bytes', (fault, bytes) => {
    const whole = new FrameDecoder(100);
    whole.push(bytes);
    expect(whole.fault).toBe(fault);
    const dripped = new FrameDecoder(100);
    for (const byte of bytes) dripped.push(Buffer.from([byte]));
    expect(dripped.fault).toBe(fault);
    expect(dripped.pendingBytes).toBeLessThanOrEqual(FRAME_HEADER_BYTES);
  });

  test('gives what came before a fault and nothing after it', () => {
    const decoder = new FrameDecoder(100);
    expect(texts(decoder.push(Buffer.concat([encodeFrame('{}'), header(0), encodeFrame('{}')])))).toEqual([
      '{}',
    ]);
    expect(decoder.push(encodeFrame('{}'))).toEqual([]);
  });

  test('takes a raised limit from the next header on', () => {
    const decoder = new FrameDecoder(2);
    expect(texts(decoder.push(encodeFrame('{}')))).toEqual(['{}']);
    decoder.bodyBytesMax = 7;
    expect(texts(decoder.push(encodeFrame('{"a":1}')))).toEqual(['{"a":1}']);
  });

  test('looks at the limit when the header is complete, not before', () => {
    const decoder = new FrameDecoder(2);
    decoder.push(encodeFrame('{"a":1}').subarray(0, 3));
    decoder.bodyBytesMax = 7;
    expect(texts(decoder.push(encodeFrame('{"a":1}').subarray(3)))).toEqual(['{"a":1}']);
  });
});
