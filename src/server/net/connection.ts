/**
 * One TCP connection: bytes in, frames out, and the state between. It decides what a frame is for in each state; what an
 * action does is the dispatcher's business.
 */
import type { Socket } from 'node:net';
import {
  encodeEvent,
  encodeFailure,
  ERRORS,
  fail,
  FrameDecoder,
  idOf,
  JSON_FAULTS,
  LIMITS,
  parseGuarded,
  parseRequest,
  type ErrorCode,
  type EventData,
  type EventName,
  type Failure,
  type JsonObject,
  type Request,
  type SessionEndReason,
} from '../../protocol/index.js';
import type { Dispatcher, SignedInAs } from '../dispatch/index.js';
import type { Peer } from '../handlers/index.js';
import type { Clock, Log } from '../runtime/index.js';
import { transition, type ConnectionChange, type ConnectionState } from './connection_state.js';
import type { ServerHandshake } from './handshake.js';
import { FrameSender } from './writer.js';

/** After the last frame a peer has this long to read it and hang up; an early reset would take the frame from it. */
const LINGER_MS = 1_000;
/** A closing connection throws away at most this much of what still arrives. */
const LINGER_BYTES_MAX = 1024 * 1024;

export type ConnectionOptions = {
  readonly socket: Socket;
  readonly number: number;
  readonly address: string;
  readonly handshake: ServerHandshake;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  /** Told when who is signed in changes, and when the connection is gone. */
  readonly onSignedIn: (connection: Connection, as: SignedInAs) => void;
  readonly onGone: (connection: Connection) => void;
};

export class Connection implements Peer {
  readonly address: string;
  readonly number: number;
  #state: ConnectionState = 'challenged';
  #keyId = '';
  #signedInAs: SignedInAs | null = null;

  readonly #socket: Socket;
  readonly #sender: FrameSender;
  readonly #handshake: ServerHandshake;
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: ConnectionOptions;
  readonly #decoder = new FrameDecoder(LIMITS.frame_bytes_max_before_sign_in);

  /** Frames that wait because too much is in work, or because someone is just signing in. */
  #waiting: Buffer[] = [];
  #inFlight = 0;
  #signingIn = false;
  #badFrames = 0;
  #endAfterReply: (() => void) | null = null;
  #lingerBytes = 0;

  #openedAt: number;
  #heardAt: number;
  #trustedAt: number;
  #partialSince: number | null = null;
  #probesMissed = 0;
  #closingSince = 0;

  constructor(options: ConnectionOptions) {
    this.#options = options;
    this.#socket = options.socket;
    this.#handshake = options.handshake;
    this.#dispatcher = options.dispatcher;
    this.#clock = options.clock;
    this.#log = options.log;
    this.address = options.address;
    this.number = options.number;
    this.#openedAt = this.#heardAt = this.#trustedAt = this.#clock.now();
    this.#sender = new FrameSender(this.#socket, () => this.#clock.now());
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    this.#socket.on('end', () => this.#socket.destroySoon());
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#gone());
    this.#sender.send(this.#handshake.challenge);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get key_id(): string {
    return this.#keyId;
  }

  get signed_in_as(): SignedInAs | null {
    return this.#signedInAs;
  }

  /** Requests that have not been answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  adopt(session: SignedInAs): void {
    if (!this.#change('sign_in')) return;
    this.#signedInAs = session;
    this.#decoder.bodyBytesMax = LIMITS.frame_bytes_max;
    this.#options.onSignedIn(this, session);
  }

  endAfterReply(ended?: { readonly session_id: string; readonly reason: SessionEndReason }): void {
    this.#endAfterReply = () => {
      if (ended === undefined) this.close();
      else this.endWith('session_ended', { session_id: ended.session_id, reason: ended.reason });
    };
  }

  /** Pushes an event. */
  push<E extends EventName>(event: E, data: EventData<E>): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(encodeEvent(event, data, this.#clock.now()));
  }

  /** Pushes a last event, then closes. */
  endWith<E extends EventName>(event: E, data: EventData<E>): void {
    this.push(event, data);
    this.close();
  }

  /** Says why, then closes. */
  refuse(code: ErrorCode, id: string | null = null): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(encodeFailure(id, fail(code), this.#clock.now()));
    this.close();
  }

  /** Sends what is queued, then closes; takes nothing more in. */
  close(): void {
    if (!this.#change('close')) return;
    this.#closingSince = this.#clock.now();
    this.#waiting = [];
    this.#sender.flush();
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Looks at every deadline. Called a few times a second for all connections. */
  checkDeadlines(): void {
    const now = this.#clock.now();
    if (this.#sender.isStuck()) {
      this.#log.info({ connection: this.number, address: this.address }, 'closed: the peer does not read');
      this.destroy();
      return;
    }
    if (this.#partialSince !== null && now - this.#partialSince > LIMITS.frame_complete_ms) {
      this.refuse('deadline_exceeded');
      return;
    }
    switch (this.#state) {
      case 'challenged':
      case 'greeted':
        if (now - this.#openedAt > LIMITS.handshake_ms) this.refuse('deadline_exceeded');
        break;
      case 'ready':
        if (this.#inFlight === 0 && now - this.#trustedAt > LIMITS.before_sign_in_ms)
          this.refuse('deadline_exceeded');
        break;
      case 'signed_in':
        this.#keepAlive(now);
        break;
      case 'closing':
        if (now - this.#closingSince > LINGER_MS) this.destroy();
        break;
      case 'closed':
        break;
    }
  }

  #keepAlive(now: number): void {
    if (now - this.#heardAt <= LIMITS.keep_alive_ms * (this.#probesMissed + 1)) return;
    if (this.#probesMissed >= LIMITS.keep_alive_missed_max) {
      this.#log.info({ connection: this.number, address: this.address }, 'closed: the peer is silent');
      this.destroy();
      return;
    }
    this.#probesMissed += 1;
    this.push('probe', {});
  }

  #change(change: ConnectionChange): boolean {
    const next = transition(this.#state, change);
    if (next === null) return false;
    this.#state = next;
    return true;
  }

  #receive(chunk: Buffer): void {
    if (this.#state === 'closing' || this.#state === 'closed') {
      this.#lingerBytes += chunk.length;
      if (this.#lingerBytes > LINGER_BYTES_MAX) this.destroy();
      return;
    }
    this.#heardAt = this.#clock.now();
    this.#probesMissed = 0;
    const bodies = this.#decoder.push(chunk);
    if (this.#decoder.pendingBytes === 0) this.#partialSince = null;
    else if (bodies.length > 0 || this.#partialSince === null) this.#partialSince = this.#heardAt;
    this.#waiting.push(...bodies);
    this.#work();
    if (this.#decoder.fault !== null && this.#waiting.length === 0) this.refuse(this.#decoder.fault);
  }

  /** Takes waiting frames as long as there is room for them. */
  #work(): void {
    while (this.#waiting.length > 0 && this.#inFlight < LIMITS.in_flight_max && !this.#signingIn) {
      const body = this.#waiting.shift();
      if (body !== undefined) this.#take(body);
    }
    if (this.#state === 'closing' || this.#state === 'closed') return;
    if (this.#waiting.length > 0) this.#socket.pause();
    else if (this.#socket.isPaused()) this.#socket.resume();
  }

  #take(body: Buffer): void {
    const parsed = parseGuarded(body);
    switch (this.#state) {
      case 'challenged':
      case 'greeted':
        if ('fault' in parsed) this.#badFrame(parsed.fault);
        else this.#takeHandshake(body, parsed.value);
        break;
      case 'ready':
      case 'signed_in': {
        if ('fault' in parsed) {
          this.#badFrame(parsed.fault);
          break;
        }
        const request = parseRequest(parsed.value);
        if (request === null) this.#tell(fail('invalid_envelope'), idOf(parsed.value));
        else void this.#serve(request);
        break;
      }
      case 'closing':
      case 'closed':
        break;
    }
  }

  #takeHandshake(body: Buffer, object: JsonObject): void {
    const { action } = object;
    if (this.#state === 'challenged' && action === 'hello') {
      if (this.#handshake.takeHello(body, object)) this.#change('hello');
      else this.refuse('hmac_error', idOf(object));
      return;
    }
    if (this.#state === 'greeted' && action === 'proof') {
      const proved = this.#handshake.takeProof(body, object, this.#clock.now());
      if (proved === null) {
        this.#log.warn({ connection: this.number, address: this.address }, 'refused: hmac error');
        this.refuse('hmac_error', idOf(object));
        return;
      }
      this.#keyId = proved.key_id;
      this.#trustedAt = this.#clock.now();
      this.#change('proof');
      this.#sender.send(proved.welcome);
      return;
    }
    this.refuse('handshake_required', idOf(object));
  }

  #badFrame(fault: keyof typeof JSON_FAULTS): void {
    const details = [{ path: '', reason: fault, message: JSON_FAULTS[fault] }];
    this.#tell(fail('invalid_json', { details }), null);
    if (this.#state !== 'ready' && this.#state !== 'signed_in') this.close();
  }

  /** Refuses a frame that is no request. A peer that can't stop sending such is closed. */
  #tell(failure: Failure, id: string | null): void {
    this.#badFrames += 1;
    if (this.#badFrames > LIMITS.bad_frames_max) {
      this.refuse('too_many_bad_frames', id);
      return;
    }
    this.#sender.send(encodeFailure(id, failure, this.#clock.now()));
    if (ERRORS[failure.failed].closes) this.close();
  }

  async #serve(request: Request): Promise<void> {
    this.#inFlight += 1;
    // Signing in changes what the next request may do, so the next request waits for it.
    const signsIn = this.#signedInAs === null && SIGN_IN_ACTIONS.has(request.action);
    if (signsIn) this.#signingIn = true;
    if (request.action === 'probe') this.#trustedAt = this.#clock.now();
    const reply = await this.#dispatcher.answer(request, this, this.#signedInAs);
    this.#inFlight -= 1;
    if (signsIn) {
      this.#signingIn = false;
      this.#trustedAt = this.#clock.now();
    }
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(reply.body);
    if (reply.closes) this.close();
    else if (reply.failed === 'session_invalid' && this.#signedInAs !== null) {
      // The session reached its end while the connection lived; nothing more can be done on it.
      this.endWith('session_ended', { session_id: this.#signedInAs.session_id, reason: 'expired' });
    } else if (this.#endAfterReply !== null) this.#endAfterReply();
    else this.#afterReply();
  }

  #afterReply(): void {
    this.#work();
    if (this.#decoder.fault !== null && this.#waiting.length === 0) this.refuse(this.#decoder.fault);
  }

  #gone(): void {
    if (!this.#change('gone')) return;
    this.#waiting = [];
    this.#options.onGone(this);
  }
}

/** Actions after which the connection may be signed in. */
const SIGN_IN_ACTIONS: ReadonlySet<string> = new Set(['register', 'authenticate', 'resume', 'redeem_code']);
