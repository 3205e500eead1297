/**
 * The unit of bytes on the wire: a 4-byte big-endian length and that many bytes of body. Knows no socket and no JSON.
 * Never allocates by an announced length: memory grows only with what has really arrived.
 */

export const FRAME_HEADER_BYTES = 4;
const NOTHING = Buffer.alloc(0);

/** Returns a body with its header in one buffer, ready for one write. `body` is UTF-8 text of at least one byte. */
export function encodeFrame(body: string): Buffer {
  const length = Buffer.byteLength(body);
  const frame = Buffer.allocUnsafe(FRAME_HEADER_BYTES + length);
  frame.writeUInt32BE(length, 0);
  frame.write(body, FRAME_HEADER_BYTES, 'utf8');
  return frame;
}

/** UTF-8 takes at most three bytes for a unit of a JavaScript string. */
const BYTES_A_UNIT_MAX = 3;
/** Short frames are written one after the other into a slab, without counting first. Lives as long as one of them does. */
const SLAB_BYTES = 32 * 1024;
let slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
let slabUsed = 0;

/** Returns frames in one buffer, for one write. */
export function encodeFrames(bodies: readonly string[]): Buffer {
  let most = 0;
  for (const body of bodies) most += FRAME_HEADER_BYTES + body.length * BYTES_A_UNIT_MAX;
  if (most > SLAB_BYTES) return Buffer.concat(bodies.map(encodeFrame));
  if (slabUsed + most > SLAB_BYTES) {
    slab = Buffer.allocUnsafeSlow(SLAB_BYTES);
    slabUsed = 0;
  }
  const from = slabUsed;
  for (const body of bodies) {
    const length = slab.write(body, slabUsed + FRAME_HEADER_BYTES, 'utf8');
    slab.writeUInt32BE(length, slabUsed);
    slabUsed += FRAME_HEADER_BYTES + length;
  }
  return slab.subarray(from, slabUsed);
}

/** Why a byte stream can't be read any further. There is no way to find the next frame after it. */
export type FrameFault = 'frame_empty' | 'frame_too_large';

/**
 * Cuts a byte stream into frame bodies, whatever the chunks are.
 *
 * `feed` takes a chunk and says how many bodies it completed; `next` gives them one by one, so that thousands of tiny
 * frames in one chunk cost nothing before they are wanted. After a fault there are those that came before it, `fault` is
 * set, and later chunks are ignored. A body is valid until the next chunk.
 */
export class FrameDecoder {
  /** Largest acceptable body; may be raised while the decoder lives. Looked at when a header is complete. */
  bodyBytesMax: number;
  fault: FrameFault | null = null;
  #partial: Buffer = NOTHING;
  #partialBytes = 0;
  /** Bodies that are whole and stand elsewhere than in the chunk; they come before those in it. */
  #apart: Buffer[] = [];
  #chunk: Buffer = NOTHING;
  /** Where in the chunk the next whole frame begins, and how many there are. */
  #at = 0;
  #whole = 0;

  constructor(bodyBytesMax: number) {
    this.bodyBytesMax = bodyBytesMax;
  }

  /** Bytes of a frame that has begun and isn't complete. */
  get pendingBytes(): number {
    return this.#partialBytes;
  }

  /** Bodies that `next` has not given yet. */
  get ready(): number {
    return this.#apart.length + this.#whole;
  }

  /** Takes a chunk; returns how many bodies it completed. */
  feed(chunk: Buffer): number {
    const before = this.ready;
    while (this.#whole > 0) this.#apart.push(this.#cut());
    // Where in the chunk the next frame begins.
    let at = 0;
    while (this.fault === null && this.#partialBytes > 0 && at < chunk.length) {
      at = chunk.length - this.#fill(chunk.subarray(at)).length;
    }
    this.#at = at;
    while (this.fault === null && at < chunk.length) {
      const left = chunk.length - at;
      const length = left < FRAME_HEADER_BYTES ? null : chunk.readUInt32BE(at);
      if (length !== null && !this.#acceptable(length)) break;
      if (length === null || left < FRAME_HEADER_BYTES + length) {
        this.#keep(chunk.subarray(at));
        break;
      }
      at += FRAME_HEADER_BYTES + length;
      this.#whole += 1;
    }
    this.#chunk = this.#whole === 0 ? NOTHING : chunk;
    return this.ready - before;
  }

  /** Returns the next body that is complete, or null. */
  next(): Buffer | null {
    return this.#apart.shift() ?? (this.#whole === 0 ? null : this.#cut());
  }

  /** Forgets what `next` has not given yet. */
  drop(): void {
    this.#apart = [];
    this.#whole = 0;
    this.#chunk = NOTHING;
  }

  /** Takes a chunk and returns the bodies that it completed. */
  push(chunk: Buffer): Buffer[] {
    this.feed(chunk);
    const bodies: Buffer[] = [];
    for (let body = this.next(); body !== null; body = this.next()) bodies.push(body);
    return bodies;
  }

  /** Cuts the next whole frame off the chunk. */
  #cut(): Buffer {
    const from = this.#at + FRAME_HEADER_BYTES;
    this.#at = from + this.#chunk.readUInt32BE(this.#at);
    const body = this.#chunk.subarray(from, this.#at);
    this.#whole -= 1;
    if (this.#whole === 0) this.#chunk = NOTHING;
    return body;
  }

  /** Moves bytes of `rest` into the frame that has begun; returns what is left over. */
  #fill(rest: Buffer): Buffer {
    if (this.#partialBytes < FRAME_HEADER_BYTES) {
      const taken = rest.subarray(0, FRAME_HEADER_BYTES - this.#partialBytes);
      this.#keep(taken);
      if (this.#partialBytes === FRAME_HEADER_BYTES) this.#acceptable(this.#partial.readUInt32BE(0));
      return rest.subarray(taken.length);
    }
    const whole = FRAME_HEADER_BYTES + this.#partial.readUInt32BE(0);
    const taken = rest.subarray(0, whole - this.#partialBytes);
    this.#keep(taken);
    if (this.#partialBytes === whole) {
      this.#apart.push(this.#partial.subarray(FRAME_HEADER_BYTES, whole));
      this.#partial = NOTHING;
      this.#partialBytes = 0;
    }
    return rest.subarray(taken.length);
  }

  #acceptable(length: number): boolean {
    if (length === 0) this.fault = 'frame_empty';
    else if (length > this.bodyBytesMax) this.fault = 'frame_too_large';
    return this.fault === null;
  }

  /** Appends to the frame that has begun. The buffer doubles, so a drip of single bytes stays linear. */
  #keep(bytes: Buffer): void {
    const needed = this.#partialBytes + bytes.length;
    if (needed > this.#partial.length) {
      const grown = Buffer.allocUnsafe(Math.max(needed, this.#partial.length * 2, 64));
      this.#partial.copy(grown, 0, 0, this.#partialBytes);
      this.#partial = grown;
    }
    bytes.copy(this.#partial, this.#partialBytes);
    this.#partialBytes = needed;
  }
}
