/**
 * One TCP connection: bytes in, frames out, and the state between. It decides what a frame is for in each state; what an
 * action does is the dispatcher's business.
 */
import type { Socket } from 'node:net';
import {
  encodeEvent,
  encodeFailure,
  encodeFrame,
  ERRORS,
  fail,
  FrameDecoder,
  idOf,
  JSON_FAULTS,
  LIMITS,
  parseGuarded,
  parseRequest,
  type BareErrorCode,
  type EventData,
  type EventName,
  type Failure,
  type JsonObject,
  type Request,
} from '../../protocol/index.js';
import { rowOf, type Dispatcher, type Reply, type ActionRow, type SignedInAs } from '../dispatch/index.js';
import type { AfterReply, Peer } from '../handlers/index.js';
import { addressKey } from '../domain/index.js';
import type { Clock, Log, StrangerKind } from '../runtime/index.js';
import { StorageUnavailableError } from '../store/index.js';
import { Deadlines } from './deadlines.js';
import { transition, type ConnectionChange, type ConnectionState } from './connection_state.js';
import type { Proved, ServerHandshake } from './handshake.js';
import type { Guest, Newcomer, Place } from './places.js';
import type { Turns, Waiting } from './turns.js';
import { FrameSender } from './writer.js';

/** A closing connection throws away at most this much of what still arrives. */
const LINGER_BYTES_MAX = 1024 * 1024;

/**
 * How much a connection takes before it looks at the clock whether the others have to get their turn: a chunk of 64 KiB can
 * hold a thousand requests, or one that takes a millisecond. Looking costs a hundredth of the shortest request.
 */
const LOOK_EVERY_BYTES = 1_024;
/** What a frame counts besides its body: the shortest takes time, too. */
const FRAME_COUNTS_BYTES = 128;
/** Who took more than this in a turn kept the loop busy. A request of a person is far shorter. */
const LIGHT_BYTES_MAX = 8 * 1_024;

export type ConnectionOptions = {
  readonly socket: Socket;
  /** Over TLS the end has to be said; without it a connection that the peer has ended is simply let go. */
  readonly secure: boolean;
  readonly turns: Turns;
  readonly number: number;
  readonly address: string;
  readonly dispatcher: Dispatcher;
  readonly clock: Clock;
  readonly log: Log;
  readonly place: Place;
  readonly house: House;
};

/** What a connection tells of itself, and what it has to ask before somebody is signed in on it. */
export type House = {
  /** The client key is proved. */
  proved(connection: Connection): void;
  /** Returns the refusal when there is no place for one who would be signed in. */
  roomFor(connection: Connection, newcomer: Newcomer): Failure<'too_many_connections'> | null;
  signedIn(connection: Connection, as: SignedInAs): void;
  /** Returns false when there is no place for it as a stranger. */
  signedOut(connection: Connection): boolean;
  /** It takes nothing more in and is told nothing more. */
  left(connection: Connection): void;
  gone(connection: Connection): void;
};

export class Connection implements Peer, Waiting, Guest {
  readonly address: string;
  readonly number: number;
  readonly place: Place;
  #state: ConnectionState = 'challenged';
  #keyId = '';
  #secretId: number | null = null;
  /** Whether its client key is that of a service. */
  #isService = false;
  #signedInAs: SignedInAs | null = null;

  readonly #socket: Socket;
  readonly #sender: FrameSender;
  /** Let go as soon as it is over: its frames would be half of what an idle connection keeps. */
  #handshake: ServerHandshake | null;
  readonly #dispatcher: Dispatcher;
  readonly #clock: Clock;
  readonly #log: Log;
  readonly #options: ConnectionOptions;
  /** Frames in it wait because too much is in work, or because it is just changing who is signed in. */
  readonly #decoder = new FrameDecoder(LIMITS.frame_bytes_max_before_sign_in);

  #inFlight = 0;
  /** Bytes taken since the others had their turn, and with how many of them the clock is looked at again. */
  #taken = 0;
  #lookAt = LOOK_EVERY_BYTES;
  /** Whether there was no time for the rest. */
  #turnOver = false;
  /** Whether its last turn kept the loop busy. */
  #heavy = false;
  /** Whether it waits for its turn. */
  #queued = false;
  #changing = false;
  #working = false;
  /**
   * A request that waits for earlier ones: one that changes who is signed in for all of them, one with a long reply for
   * another such. What comes after it waits as well.
   */
  #held: Request | null = null;
  /** Whether a request with a long reply is in work. */
  #longInWork = false;
  #badFrames = 0;
  #stopping = false;
  #ending = false;
  #lingerBytes = 0;
  #ended = false;

  readonly #deadlines: Deadlines;

  constructor(options: ConnectionOptions, handshake: ServerHandshake) {
    this.#options = options;
    this.#socket = options.socket;
    this.#handshake = handshake;
    this.#dispatcher = options.dispatcher;
    this.#clock = options.clock;
    this.#log = options.log;
    this.address = options.address;
    this.number = options.number;
    this.place = options.place;
    this.#deadlines = new Deadlines(this.#clock.passed());
    this.#sender = new FrameSender(
      this.#socket,
      () => this.#clock.passed(),
      () => this.#goOn(),
      () => this.#dropStuck(),
    );
    this.#socket.on('data', (chunk: Buffer) => this.#receive(chunk));
    // The peer sends nothing more, but may still read: what it asked for is answered first.
    this.#socket.on('end', () => {
      this.#ended = true;
      this.#queue();
    });
    this.#socket.on('error', () => this.#socket.destroy());
    this.#socket.on('close', () => this.#gone());
    this.#sender.send(handshake.challenge);
  }

  get state(): ConnectionState {
    return this.#state;
  }

  get key_id(): string {
    return this.#keyId;
  }

  /** Returns which of the keys behind the key id was proved; null for the local key, and before the handshake. */
  get secret_id(): number | null {
    return this.#secretId;
  }

  get signed_in_as(): SignedInAs | null {
    return this.#signedInAs;
  }

  /** Requests that have not been answered yet. */
  get inFlight(): number {
    return this.#inFlight;
  }

  roomFor(newcomer: Newcomer): Failure<'too_many_connections'> | null {
    return this.#options.house.roomFor(this, newcomer);
  }

  adopt(session: SignedInAs): void {
    if (!this.#change('sign_in')) return;
    this.#signedInAs = session;
    this.#boundFrames();
    this.#options.house.signedIn(this, session);
  }

  giveWay(): void {
    this.refuse('too_many_connections');
  }

  /** Pushes an event. */
  push<E extends EventName>(event: E, data: EventData<E>): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(encodeEvent(event, data, this.#clock.now()));
  }

  /** Sends the frame of an event that others get, too. */
  tell(event: Buffer): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.sendShared(event);
  }

  /** Announces that the server stops: what is in work is still answered, what comes now is told `shutting_down`. */
  announceStop(event: Buffer): void {
    this.tell(event);
    this.#stopping = true;
  }

  /** Takes no more requests from now on: `endWith` is about to come. Returns false when that was known. */
  expectEnd(): boolean {
    if (this.#ending) return false;
    this.#ending = true;
    return true;
  }

  /** Sends the frame of a last event, then closes. */
  endWith(event: Buffer): void {
    this.tell(event);
    this.close();
  }

  /** Says why, then closes. */
  refuse(code: BareErrorCode, id: string | null = null): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(encodeFailure(id, fail(code), this.#clock.now()));
    this.close();
  }

  /** Sends what is queued, then closes; takes nothing more in. */
  close(): void {
    if (!this.#change('close')) return;
    this.#options.house.left(this);
    this.#deadlines.closing(this.#clock.passed());
    this.#decoder.drop();
    this.#sender.flush();
    if (this.#ended && !this.#options.secure && this.#socket.writableLength === 0) {
      this.destroy();
      return;
    }
    this.#socket.end();
    this.#socket.resume();
  }

  destroy(): void {
    this.#socket.destroy();
  }

  /** Looks at every deadline. Called a few times a second for all connections. */
  checkDeadlines(): void {
    if (this.#sender.isStuck()) {
      this.#dropStuck();
      return;
    }
    const busy = this.#inFlight > 0;
    switch (this.#deadlines.due(this.#state, this.#clock.passed(), !this.#socket.isPaused(), busy)) {
      case 'nothing':
        break;
      case 'refuse':
        this.refuse('deadline_exceeded');
        break;
      case 'probe':
        this.push('probe', {});
        break;
      case 'drop_silent':
        this.#drop('the peer is silent');
        break;
      case 'drop_closed':
        this.destroy();
        break;
    }
  }

  #dropStuck(): void {
    this.#drop('the peer does not read');
  }

  #drop(reason: string): void {
    this.#logStranger('closed', 'info', reason, `closed: ${reason}`);
    this.destroy();
  }

  /** Writes what a peer can bring about as often as it likes. */
  #logStranger(kind: StrangerKind, level: 'info' | 'warn' | 'error', reason: string, says: string): void {
    const fields = () => ({
      connection: this.number,
      address: this.address,
      ...(kind === 'storage' ? { reason } : {}),
    });
    this.#log.stranger(kind, { level, address: addressKey(this.address), reason, fields }, says);
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
    const now = this.#clock.passed();
    const whole = this.#decoder.feed(chunk) > 0;
    this.#deadlines.heard(now, this.#decoder.pendingBytes > 0, whole);
    if (!this.#queued && this.#options.turns.hasTime(now, this.#heavy)) this.#workNow();
    else {
      this.#socket.pause();
      this.#queue();
    }
  }

  /** What waited for its turn. */
  takeTurn(): void {
    this.#queued = false;
    if (this.#ended && (this.#state === 'closing' || this.#state === 'closed')) this.#socket.destroySoon();
    else this.#workNow();
  }

  #queue(): void {
    if (this.#queued) return;
    this.#queued = true;
    this.#options.turns.wait(this, this.#heavy);
  }

  /** Takes as many frames as there is time for; what can be answered at once leaves in one write. */
  #workNow(): void {
    this.#taken = 0;
    this.#lookAt = LOOK_EVERY_BYTES;
    this.#turnOver = false;
    this.#sender.hold();
    this.#goOn();
    this.#sender.release(this.#inFlight > 0);
    // Who was cut off is known to be one already.
    if (!this.#queued) this.#heavy = this.#taken > LIGHT_BYTES_MAX;
  }

  /** Takes waiting frames as long as there is room for them. */
  #work(): void {
    // An answer that came at once leads back here; the loop below is still running and takes the next frame itself.
    if (this.#working) return;
    this.#working = true;
    this.#takeWaiting();
    this.#working = false;
    this.#pace();
  }

  #takeWaiting(): void {
    if (this.#held !== null && !this.#ending) {
      const request = this.#held;
      const row = rowOf(request.action);
      if (!this.#mustWait(row)) {
        this.#held = null;
        this.#serve(request, row);
      }
    }
    while (
      this.#decoder.ready > 0 &&
      this.#inFlight < LIMITS.in_flight_max &&
      !this.#turnOver &&
      // Who doesn't read its replies gets no more of them.
      !this.#sender.blocked &&
      this.#state !== 'proving' &&
      !this.#changing &&
      !this.#ending &&
      this.#held === null
    ) {
      const body = this.#decoder.next();
      if (body === null) break;
      this.#taken += FRAME_COUNTS_BYTES + body.length;
      this.#take(body);
      if (this.#taken >= this.#lookAt) {
        this.#lookAt = this.#taken + LOOK_EVERY_BYTES;
        this.#turnOver = !this.#options.turns.goesOn();
      }
    }
  }

  /** Reads on, or waits until there is room again. */
  #pace(): void {
    if (this.#state === 'closing' || this.#state === 'closed') return;
    const waits = this.#decoder.ready > 0;
    if (this.#turnOver && waits) {
      this.#heavy = true;
      this.#queue();
    }
    if (waits || this.#sender.blocked) this.#socket.pause();
    else if (this.#socket.isPaused()) {
      this.#deadlines.readsAgain(this.#clock.passed());
      this.#socket.resume();
    }
  }

  #take(body: Buffer): void {
    const parsed = parseGuarded(body);
    switch (this.#state) {
      case 'challenged':
      case 'greeted':
        if ('fault' in parsed) this.#badFrame(parsed.fault);
        else this.#takeHandshake(body, parsed.value);
        break;
      // #work takes no frame while the key is looked up.
      case 'proving':
        break;
      case 'ready':
      case 'signed_in': {
        if ('fault' in parsed) {
          this.#badFrame(parsed.fault);
          break;
        }
        const request = parseRequest(parsed.value);
        if (request === null) this.#tell(fail('invalid_envelope'), idOf(parsed.value));
        else if (this.#stopping) this.#refuseLate(request);
        else this.#serveInTurn(request);
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
      if (this.#handshake?.takeHello(body, object) === true) this.#change('hello');
      else this.refuse('hmac_error', idOf(object));
      return;
    }
    if (this.#state === 'greeted' && action === 'proof') {
      this.#change('proof');
      void this.#prove(body, object);
      return;
    }
    this.refuse('handshake_required', idOf(object));
  }

  /** Ends the handshake one way or the other. Never rejects. */
  async #prove(body: Buffer, object: JsonObject): Promise<void> {
    this.#inFlight += 1;
    let proved: Proved | null = null;
    let fault: BareErrorCode = 'hmac_error';
    try {
      proved = (await this.#handshake?.takeProof(body, object, this.#clock.now())) ?? null;
    } catch (error) {
      this.#logStranger('storage', 'error', String(error), 'client keys can not be read');
      fault = error instanceof StorageUnavailableError ? 'storage_unavailable' : 'internal';
    }
    this.#inFlight -= 1;
    this.#handshake = null;
    if (proved === null) {
      if (fault === 'hmac_error') this.#logStranger('handshake', 'warn', 'hmac error', 'refused: hmac error');
      this.refuse(fault, idOf(object));
      return;
    }
    if (!this.#change('accept')) return;
    this.#keyId = proved.key_id;
    this.#secretId = proved.secret_id;
    this.#isService = proved.is_service;
    this.#boundFrames();
    this.#deadlines.trusted(this.#clock.passed());
    this.#options.house.proved(this);
    this.#sender.send(proved.welcome);
    this.#goOn();
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

  /** Refuses a request of a stopping server; earlier ones of the same connection keep their replies. */
  #refuseLate({ id }: Request): void {
    if (this.#inFlight === 0) this.refuse('shutting_down', id);
    else this.#sender.send(encodeFailure(id, fail('shutting_down'), this.#clock.now()));
  }

  #serveInTurn(request: Request): void {
    const row = rowOf(request.action);
    if (this.#mustWait(row)) this.#held = request;
    else this.#serve(request, row);
  }

  /**
   * Who is asking changes with some requests, so they run alone: earlier ones are answered first, later ones wait. Long replies
   * are made one after the other, as the peer takes them: as many as may be in work would be more than may wait for it.
   */
  #mustWait(row: ActionRow | null): boolean {
    if (row === null) return false;
    if (row.changesIdentity) return this.#inFlight > 0;
    return row.isLong && (this.#longInWork || this.#sender.blocked);
  }

  #serve(request: Request, row: ActionRow | null): void {
    this.#inFlight += 1;
    if (row?.changesIdentity === true) this.#changing = true;
    if (row?.isLong === true) {
      this.#longInWork = true;
      // It is short to ask for and long to make: the others may have to get their turn before the next.
      this.#lookAt = 0;
    }
    if (row?.prolongs === true) this.#deadlines.trustedAsHeard();
    const reply = this.#dispatcher.answer(request, row, this, this.#signedInAs);
    if (reply instanceof Promise) void reply.then((later) => this.#finish(row, later));
    else this.#finish(row, reply);
  }

  #finish(row: ActionRow | null, reply: Reply): void {
    this.#inFlight -= 1;
    if (row?.isLong === true) this.#longInWork = false;
    if (row?.changesIdentity === true) {
      this.#changing = false;
      this.#deadlines.trusted(this.#clock.passed());
    }
    if (this.#state === 'closing' || this.#state === 'closed') return;
    this.#sender.send(reply.body);
    if (reply.closes) this.close();
    else if (reply.after !== null) this.#follow(reply.after);
    else this.#goOn();
  }

  #follow(after: AfterReply): void {
    switch (after.then) {
      case 'close':
        this.close();
        break;
      case 'end_session':
        // It may be another session than the one of this connection: a refresh token says nothing about who asks.
        if (this.#signedInAs?.session_id === after.session_id)
          this.#endWith('session_ended', { session_id: after.session_id, reason: after.reason });
        else this.#goOn();
        break;
      case 'end_client_key':
        this.#endWith('client_key_ended', { key_id: after.key_id, reason: after.reason });
        break;
      case 'sign_out':
        this.#signOut();
        break;
    }
  }

  /** Says how large a frame may be from here on. */
  #boundFrames(): void {
    const { frame_bytes_max_before_sign_in, frame_bytes_max, frame_bytes_max_of_services } = LIMITS;
    this.#decoder.bodyBytesMax = this.#isService
      ? frame_bytes_max_of_services
      : this.#signedInAs === null
        ? frame_bytes_max_before_sign_in
        : frame_bytes_max;
  }

  #endWith<E extends EventName>(event: E, data: EventData<E>): void {
    this.endWith(encodeFrame(encodeEvent(event, data, this.#clock.now())));
  }

  #signOut(): void {
    if (!this.#change('sign_out')) return;
    const stays = this.#options.house.signedOut(this);
    this.#signedInAs = null;
    this.#boundFrames();
    if (stays) this.#goOn();
    else this.refuse('too_many_connections');
  }

  #goOn(): void {
    this.#work();
    this.#endUnreadable();
    if (this.#ended && this.#inFlight === 0 && this.#decoder.ready === 0 && this.#held === null) this.close();
  }

  /** Ends a stream that can't be read any further, once everything that came before the fault is answered. */
  #endUnreadable(): void {
    if (this.#decoder.fault === null || this.#decoder.ready > 0) return;
    if (this.#inFlight > 0 || this.#held !== null) return;
    this.refuse(this.#decoder.fault);
  }

  #gone(): void {
    const left = this.#state === 'closing';
    if (!this.#change('gone')) return;
    this.#decoder.drop();
    if (!left) this.#options.house.left(this);
    this.#options.house.gone(this);
  }
}
