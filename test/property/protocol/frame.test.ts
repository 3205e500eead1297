import fc from 'fast-check';
import { expect, test } from 'vitest';
import { encodeFrame, FRAME_HEADER_BYTES, FrameDecoder } from '../../../src/protocol/index.js';
import { runs } from '../../support/runs.js';
import { codePoint } from '../../support/arbitraries.js';

/** Short texts, repeated: long enough that the decoder's buffer has to grow, and quick to shrink. */
const body = fc
  .tuple(fc.string({ unit: codePoint, minLength: 1, maxLength: 8 }), fc.integer({ min: 1, max: 40 }))
  .map(([text, times]) => text.toWellFormed().repeat(times));
const cuts = fc.array(fc.nat(2000), { maxLength: 40, size: 'max' });

/** `bytes` cut at the given places, in order; equal places give empty chunks. */
function chunksOf(bytes: Buffer, places: readonly number[]): Buffer[] {
  const sorted = places.map((place) => Math.min(place, bytes.length)).sort((a, b) => a - b);
  return [...sorted, bytes.length].map((end, at) => bytes.subarray(sorted[at - 1] ?? 0, end));
}

test('any chunks of any frames give the same frames, and never more than one frame is kept', () => {
  fc.assert(
    fc.property(fc.array(body, { maxLength: 12 }), cuts, (bodies, places) => {
      const limit = Math.max(1, ...bodies.map((text) => Buffer.byteLength(text)));
      const decoder = new FrameDecoder(limit);
      const found: string[] = [];
      for (const chunk of chunksOf(Buffer.concat(bodies.map(encodeFrame)), places)) {
        found.push(...decoder.push(chunk).map((bytes) => bytes.toString('utf8')));
        expect(decoder.pendingBytes).toBeLessThanOrEqual(FRAME_HEADER_BYTES + limit);
      }
      expect(decoder.fault).toBeNull();
      expect(decoder.pendingBytes).toBe(0);
      expect(found).toEqual(bodies);
    }),
    { numRuns: runs(300) },
  );
});

test('a header that announces much gets no memory for it', () => {
  const announced = 16 * 1024 * 1024;
  const header = Buffer.alloc(FRAME_HEADER_BYTES);
  header.writeUInt32BE(announced);
  const before = process.memoryUsage().arrayBuffers;
  const decoders = Array.from({ length: 40 }, () => {
    const decoder = new FrameDecoder(announced);
    decoder.push(header);
    decoder.push(Buffer.from('{"a":'));
    return decoder;
  });
  // One that took what was announced would be more than a half of this.
  const grown = process.memoryUsage().arrayBuffers - before;
  expect(grown).toBeLessThan(announced);
  for (const decoder of decoders) expect(decoder.pendingBytes).toBe(FRAME_HEADER_BYTES + 5);
});

test('any bytes at all: same faults and bodies however they are cut, within the limit', () => {
  const limit = 64;
  // Small first bytes make plausible headers frequent.
  const bytes = fc
    .array(
      fc.oneof(
        fc.uint8Array({ maxLength: 40 }),
        fc.nat(70).map((n) => Uint8Array.of(0, 0, 0, n)),
      ),
    )
    .map((parts) => Buffer.concat(parts));
  fc.assert(
    fc.property(bytes, cuts, (stream, places) => {
      const whole = new FrameDecoder(limit);
      const expected = whole.push(stream).map((found) => found.toString('hex'));
      const cut = new FrameDecoder(limit);
      const found: string[] = [];
      for (const chunk of chunksOf(stream, places)) {
        found.push(...cut.push(chunk).map((part) => part.toString('hex')));
        expect(cut.pendingBytes).toBeLessThanOrEqual(FRAME_HEADER_BYTES + limit);
      }
      expect(found).toEqual(expected);
      expect(cut.fault).toBe(whole.fault);
      for (const part of found) expect(part.length / 2).toBeLessThanOrEqual(limit);
    }),
    { numRuns: runs(500) },
  );
});

test('what one chunk gave is not changed by what comes within it', () => {
  fc.assert(
    fc.property(fc.array(body, { minLength: 2, maxLength: 8 }), (bodies) => {
      const stream = Buffer.concat(bodies.map(encodeFrame));
      const decoder = new FrameDecoder(10_000);
      const first = decoder.push(stream.subarray(0, 3));
      const rest = decoder.push(stream.subarray(3));
      expect([...first, ...rest].map((bytes) => bytes.toString('utf8'))).toEqual(bodies);
    }),
  );
});
