/** A built server to throw bytes at, and what has to be true of it after every throw. */
import { mkdirSync, readdirSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { expect } from 'vitest';
import { encodeFrame, parseServerMessage, type JsonObject } from '../../src/protocol/index.js';
import { startBuilt, type BuiltServer } from './built_server.js';
import { rssMiB } from './drill.js';
import { administrator, RawPeer, registered, type Reachable, type SignedIn } from './raw_peer.js';

const CORPUS = join(import.meta.dirname, '../corpus');
/** A server that holds more after a batch than before it, beyond this, keeps what it should let go. */
const GROWTH_MIB_MAX = 150;
/** How long a connection may take to say what it has to say. */
const ANSWER_MS = 20_000;

/** How far a connection gets before the bytes begin: nothing said, handshaken, or signed in as a user or administrator. */
export type Stage = 'challenged' | 'ready' | 'user' | 'admin';

export type CorpusEntry = {
  readonly why: string;
  readonly stage: Stage;
  /** Base64url of each chunk. */
  readonly chunks: readonly string[];
};

/** Inputs that once failed, or that stand for a kind of them; replayed before anything new is tried. */
export function corpus(): (readonly [string, CorpusEntry])[] {
  return readdirSync(CORPUS)
    .filter((file) => file.endsWith('.json'))
    .sort()
    .map((file) => [file, JSON.parse(readFileSync(join(CORPUS, file), 'utf8')) as CorpusEntry] as const);
}

/** Keeps an input that failed, for the next run and for whoever repairs it. Gives the file's name. */
function keep(stage: Stage, chunks: readonly Buffer[], why: string): string {
  mkdirSync(CORPUS, { recursive: true });
  const entry: CorpusEntry = { why, stage, chunks: chunks.map((chunk) => chunk.toString('base64url')) };
  const file = `found_${Date.now().toString(36)}.json`;
  writeFileSync(join(CORPUS, file), `${JSON.stringify(entry, null, 2)}\n`);
  return file;
}

export class FuzzTarget implements AsyncDisposable {
  readonly server: Reachable;
  /** Who the bytes are sent as; their accounts are theirs to lose. */
  user: SignedIn;
  readonly admin: SignedIn;
  /** Somebody who has nothing to do with it and must not notice. */
  readonly bystander: SignedIn;
  readonly #program: BuiltServer;
  readonly #rssBefore: number;
  #users = 1;
  /** Inputs thrown, and replies that came. */
  thrown = 0;
  replies = 0;

  private constructor(parts: {
    program: BuiltServer;
    server: Reachable;
    user: SignedIn;
    admin: SignedIn;
    bystander: SignedIn;
  }) {
    this.#program = parts.program;
    this.server = parts.server;
    this.user = parts.user;
    this.admin = parts.admin;
    this.bystander = parts.bystander;
    this.#rssBefore = rssMiB(parts.program.pid);
  }

  static async start(data: string): Promise<FuzzTarget> {
    const program = startBuilt(data, '--connections-per-address', '10000', '--log-level', 'error');
    const server = await program.ready();
    const setup_code = readFileSync(join(data, 'setup_code'), 'utf8').trim();
    const admin = await administrator({ ...server, setup_code });
    const bystander = await registered(server, 'bystander');
    const user = await registered(server, 'user.n1');
    return new FuzzTarget({ program, server, admin, bystander, user });
  }

  /** A connection at a stage. */
  async open(stage: Stage): Promise<RawPeer> {
    if (stage === 'challenged') return RawPeer.open(this.server);
    const peer = await RawPeer.handshaken(this.server);
    if (stage === 'ready') return peer;
    const token = stage === 'user' ? this.user.session_token : this.admin.session_token;
    const reply = await peer.ask('resume', { session_token: token });
    if (reply['response'] === 200) return peer;
    // The bytes have ended the session of their own account; that is their right. It takes another.
    if (stage === 'admin') throw new Error(`the administrator's session is gone: ${JSON.stringify(reply)}`);
    await peer[Symbol.asyncDispose]();
    this.#users += 1;
    this.user = await registered(this.server, `user.n${this.#users}`);
    return this.open(stage);
  }

  /** Sends chunks, ends the stream, and looks at everything that comes back. A failing input is kept in the corpus. */
  async throw(stage: Stage, chunks: readonly Buffer[], why = 'found by fuzzing'): Promise<JsonObject[]> {
    this.thrown += 1;
    try {
      await using peer = await this.open(stage);
      for (const chunk of chunks) {
        peer.sendBytes(chunk);
        if (chunks.length > 1) await new Promise((resolve) => setImmediate(resolve));
      }
      peer.socket.end();
      const watch = setTimeout(() => peer.socket.destroy(new Error('too slow')), ANSWER_MS);
      const all = await peer.takeAll();
      clearTimeout(watch);
      expect(peer.broken === 'too slow', 'the connection hangs').toBe(false);
      for (const message of all) expectMessage(message);
      this.replies += all.length;
      expect(this.#program.child.exitCode, 'the server is up').toBeNull();
      return all;
    } catch (error) {
      if (why !== 'found by fuzzing') throw error;
      const file = keep(stage, chunks, error instanceof Error ? error.message : String(error));
      throw new Error(`test/corpus/${file}: ${String(error)}`, { cause: error });
    }
  }

  /** After a batch: up, bounded, quick, and silent about errors of its own. */
  async check(): Promise<void> {
    expect(this.#program.child.exitCode, `the server is up: ${this.#program.stderr}`).toBeNull();
    const { account } = await this.bystander.peer.call('whoami');
    expect(account.account_name).toBe('bystander');
    expect(rssMiB(this.#program.pid) - this.#rssBefore).toBeLessThan(GROWTH_MIB_MAX);
    expect(this.#program.stderr).toBe('');
    await using fresh = await RawPeer.handshaken(this.server);
    await fresh.call('probe');
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#program[Symbol.asyncDispose]();
  }
}

/** Every message is one that a client understands, and none says that the server failed. */
function expectMessage(message: JsonObject): void {
  if (message['action'] === 'challenge') return;
  const parsed = parseServerMessage(message);
  if (parsed === null) throw new Error(`no message of the protocol: ${JSON.stringify(message)}`);
  // An unknown code is read as `internal`, so both are told here.
  if (parsed.kind === 'failure' && parsed.code === 'internal') throw new Error(JSON.stringify(message));
}

export const frame = (message: object | string): Buffer =>
  encodeFrame(typeof message === 'string' ? message : JSON.stringify(message));
