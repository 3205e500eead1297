/**
 * Count replies in a byte stream without reading them, so that the generator is never the slower end. Each looks just
 * closely enough to tell a reply that says yes from one that says no.
 */
import type { Target } from './commands.js';

export type Counter = {
  /** How many replies this chunk completed. */
  take(chunk: Buffer): number;
  /** Replies so far that said no. */
  readonly errors: number;
};

const DIGIT_2 = 0x32;
const LETTER_R = 0x72;
/** `{"response":200`: the third byte tells a reply from an event, the thirteenth yes from no. */
const KIND_AT = 2;
const STATUS_AT = 12;

class FrameCounter implements Counter {
  errors = 0;
  #bodyLeft = 0;
  #header = 0;
  #headerBytes = 0;
  #isReply = true;

  take(chunk: Buffer): number {
    let completed = 0;
    let at = 0;
    while (at < chunk.length) {
      if (this.#bodyLeft === 0) {
        if (this.#headerBytes === 0 && chunk.length - at >= 4) {
          this.#bodyLeft = chunk.readUInt32BE(at);
          at += 4;
        } else {
          this.#header = this.#header * 256 + (chunk[at] ?? 0);
          this.#headerBytes += 1;
          at += 1;
          if (this.#headerBytes < 4) continue;
          this.#bodyLeft = this.#header;
          this.#header = this.#headerBytes = 0;
        }
        // A body whose beginning is in the next chunk is counted unseen: one in thousands.
        this.#isReply = true;
        if (chunk.length - at > STATUS_AT) {
          this.#isReply = chunk[at + KIND_AT] === LETTER_R;
          if (this.#isReply && chunk[at + STATUS_AT] !== DIGIT_2) this.errors += 1;
        }
      }
      const taken = Math.min(this.#bodyLeft, chunk.length - at);
      at += taken;
      this.#bodyLeft -= taken;
      if (this.#bodyLeft === 0 && this.#headerBytes === 0 && taken > 0 && this.#isReply) completed += 1;
    }
    return completed;
  }
}

/** Bulk strings of one length only, which is all that the benchmark asks Redis for. */
class RespCounter implements Counter {
  errors = 0;
  #replyBytes = 0;
  #kept = 0;

  take(chunk: Buffer): number {
    if (this.#replyBytes === 0) {
      const end = chunk.indexOf('\r\n');
      const length = Number(chunk.toString('latin1', 1, end));
      if (chunk[0] !== 0x24 || !(length > 0)) {
        this.errors += 1;
        return 1;
      }
      this.#replyBytes = end + 2 + length + 2;
    }
    this.#kept += chunk.length;
    const completed = Math.floor(this.#kept / this.#replyBytes);
    this.#kept -= completed * this.#replyBytes;
    return completed;
  }
}

/** HTTP/1.1 with a length or in chunks; one request at a time. */
class HttpCounter implements Counter {
  errors = 0;
  #text = '';

  take(chunk: Buffer): number {
    this.#text += chunk.toString('latin1');
    const head = this.#text.indexOf('\r\n\r\n');
    if (head === -1) return 0;
    const length = /^content-length: *(\d+)/im.exec(this.#text.slice(0, head))?.[1];
    const whole =
      length === undefined
        ? this.#text.endsWith('\r\n0\r\n\r\n')
        : this.#text.length >= head + 4 + Number(length);
    if (!whole) return 0;
    if (!this.#text.startsWith('HTTP/1.1 200')) this.errors += 1;
    this.#text = '';
    return 1;
  }
}

/** BER messages below 128 bytes, which answers to `bind` and `compare` are. [RFC 4511 5.1] */
class LdapCounter implements Counter {
  errors = 0;
  #kept: Buffer = Buffer.alloc(0);

  take(chunk: Buffer): number {
    this.#kept = this.#kept.length === 0 ? chunk : Buffer.concat([this.#kept, chunk]);
    let completed = 0;
    while (this.#kept.length >= 2 && this.#kept.length >= 2 + (this.#kept[1] ?? 0)) {
      const whole = 2 + (this.#kept[1] ?? 0);
      // The result code is the first ENUMERATED: 0 is success, 6 is compareTrue.
      const code = this.#kept[this.#kept.indexOf(Buffer.from([0x0a, 0x01])) + 2];
      if (code !== 0 && code !== 6) this.errors += 1;
      this.#kept = this.#kept.subarray(whole);
      completed += 1;
    }
    return completed;
  }
}

export function counterFor({ speaks }: Target): Counter {
  switch (speaks) {
    case 'portcullis':
    case 'frames':
      return new FrameCounter();
    case 'resp':
      return new RespCounter();
    case 'http':
      return new HttpCounter();
    case 'ldap':
      return new LdapCounter();
  }
}
