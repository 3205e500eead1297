/**
 * The only place that writes to a socket. All replies and events of a tick go out in one write, header and body in one
 * buffer; a peer that doesn't read is noticed here.
 */
import type { Socket } from 'node:net';
import { encodeFrames, LIMITS } from '../../protocol/index.js';

/** From here on a write of its own costs nothing beside the bytes, and tells sooner that the peer doesn't take them. */
const AT_ONCE_CHARACTERS = 64 * 1024;

export class FrameSender {
  readonly #socket: Socket;
  readonly #now: () => number;
  readonly #onStuck: () => void;
  /** Bodies of this tick; they become bytes together. */
  #bodies: string[] = [];
  #characters = 0;
  readonly #flushLater = (): void => this.flush();
  #held = false;
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

  /** Queues a frame; it leaves at the end of this tick, or at once when what is queued is long. */
  send(body: string): void {
    this.#bodies.push(body);
    this.#characters += body.length;
    if (this.#characters >= AT_ONCE_CHARACTERS) {
      this.flush();
      return;
    }
    // After all promises of this tick have settled, so that their frames share the write.
    if (this.#bodies.length === 1 && !this.#held) process.nextTick(this.#flushLater);
  }

  /** Writes a frame that many peers get: all of them the same bytes, however long one of them leaves them waiting. */
  sendShared(frame: Buffer): void {
    this.flush();
    if (this.#socket.writable) this.#write(frame);
  }

  /** Keeps frames back until `release`: for whoever knows that more come in this very moment. */
  hold(): void {
    this.#held = true;
  }

  /** Lets go what was kept back: at once, or at the end of this tick when more may come until then. */
  release(more: boolean): void {
    this.#held = false;
    if (!more) this.flush();
    else if (this.#bodies.length > 0) process.nextTick(this.#flushLater);
  }

  flush(): void {
    if (this.#bodies.length === 0 || !this.#socket.writable) return;
    const bytes = encodeFrames(this.#bodies);
    this.#bodies = [];
    this.#characters = 0;
    this.#write(bytes);
  }

  #write(bytes: Buffer): void {
    if (!this.#socket.write(bytes)) this.#blockedSince ??= this.#now();
    if (this.#socket.writableLength > LIMITS.outbound_bytes_max) this.#onStuck();
  }

  /** Returns true while the peer has not taken what was written. */
  get blocked(): boolean {
    return this.#blockedSince !== null;
  }

  /** Returns true when the peer has had something waiting for too long. */
  isStuck(): boolean {
    return this.#blockedSince !== null && this.#now() - this.#blockedSince > LIMITS.drain_ms;
  }
}
