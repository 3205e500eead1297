/**
 * The only place that writes to a socket. All replies and events of a tick go out in one write, header and body in one
 * buffer; a peer that doesn't read is noticed here.
 */
import type { Socket } from 'node:net';
import { encodeFrame, LIMITS } from '../../protocol/index.js';

export class FrameSender {
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #onStuck: () => void;
  #frames: Buffer[] = [];
  #blockedSince: number | null = null;

  /** `onDrain`: the peer has taken everything. `onStuck`: it has left too much waiting. */
  constructor(socket: Socket, now: () => number, onDrain: () => void, onStuck: () => void) {
    this.#onStuck = onStuck;
    this.#socket = socket;
    this.#now = now;
    socket.on('drain', () => {
      this.#blockedSince = null;
      onDrain();
    });
  }

  /** Queues a frame; it leaves at the end of this tick. */
  send(body: string): void {
    this.#frames.push(encodeFrame(body));
    // After all promises of this tick have settled, so that their frames share the write.
    if (this.#frames.length === 1) process.nextTick(() => this.flush());
  }

  flush(): void {
    if (this.#frames.length === 0 || !this.#socket.writable) return;
    const [only] = this.#frames;
    const bytes = this.#frames.length === 1 && only !== undefined ? only : Buffer.concat(this.#frames);
    this.#frames = [];
    if (!this.#socket.write(bytes)) this.#blockedSince ??= this.#now();
    if (this.#socket.writableLength > LIMITS.outbound_bytes_max) this.#onStuck();
  }

  /** True while the peer has not taken what was written. */
  get blocked(): boolean {
    return this.#blockedSince !== null;
  }

  /** True when the peer has had something waiting for too long. */
  isStuck(): boolean {
    return this.#blockedSince !== null && this.#now() - this.#blockedSince > LIMITS.drain_ms;
  }
}
