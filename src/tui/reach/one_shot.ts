/** The line of one command: connects, resumes or signs in, calls, says goodbye. No reconnecting, no state. */
import { hostname, platform } from 'node:os';
import {
  CallError,
  connect,
  ConnectError,
  type Client,
  type DeviceTokenStore,
  type InsecurePlain,
  type ServerAddress,
} from '../../client/index.js';
import {
  cutToCodePoints,
  LIMITS,
  type ActionName,
  type Device,
  type ErrorDetail,
  type ParamsOf,
  type ResultOf,
} from '../../protocol/index.js';
import { channelFault, type Fault, type ProblemCode } from '../i18n/index.js';

/** Long enough for a busy server's password hashes, short enough for a script. */
const CALL_MS = 30_000;
const CONNECT_MS = 10_000;

/** A command was refused, or could not be done. `message` is a sentence for a person. */
export class Refusal extends Error {
  override readonly name = 'Refusal';
  readonly code: ProblemCode;
  readonly details: readonly ErrorDetail[];
  readonly retry_after_ms: number | null;
  /** What exactly was found, where it has a sentence in every language. */
  readonly fault: Fault | null;

  constructor(
    code: ProblemCode,
    message: string,
    extra: {
      details?: readonly ErrorDetail[];
      retry_after_ms?: number | null;
      fault?: Fault | null;
    } = {},
  ) {
    super(message);
    this.code = code;
    this.details = extra.details ?? [];
    this.retry_after_ms = extra.retry_after_ms ?? null;
    this.fault = extra.fault ?? null;
  }
}

export class OneShot {
  readonly #client: Client;

  private constructor(client: Client) {
    this.#client = client;
  }

  /** A line that is up. With a token it is signed in, unless the server no longer knows the token. */
  static async open(
    address: ServerAddress,
    options: {
      readonly version: string;
      readonly session_token: string | null;
      readonly insecure_plain: InsecurePlain | undefined;
      readonly device_tokens?: DeviceTokenStore | null;
    },
  ): Promise<OneShot> {
    const device: Device = {
      client_name: 'auth-tui',
      client_version: options.version,
      os: platform(),
      host_name: cutToCodePoints(hostname(), LIMITS.device_text_length_max),
    };
    const client = connect({
      address,
      device,
      reconnect: false,
      connect_ms: CONNECT_MS,
      request_ms: CALL_MS,
      ...(options.session_token === null ? {} : { session_token: options.session_token }),
      ...(options.insecure_plain === undefined ? {} : { insecure_plain: options.insecure_plain }),
      ...(options.device_tokens ? { device_tokens: options.device_tokens } : {}),
    });
    try {
      await client.ready();
    } catch (error) {
      await client.close();
      if (!(error instanceof ConnectError)) throw error;
      const { channel, message } = error;
      const fault = channel === null ? null : channelFault(channel, message);
      throw new Refusal(error.error_code ?? error.code, message, { fault });
    }
    return new OneShot(client);
  }

  /** False when the token with which the line was opened is dead. */
  get signed_in(): boolean {
    return this.#client.state.name === 'ready' && this.#client.state.signed_in;
  }

  /** Returns the result of an action, exactly as the server gave it. Throws Refusal. */
  async call<A extends ActionName>(action: A, params: ParamsOf<A>): Promise<ResultOf<A>> {
    try {
      return await this.#client.call(action, params);
    } catch (error) {
      if (!(error instanceof CallError)) throw error;
      // `instanceof` can't know the class's parameter; its default is every code there is.
      const { code, message, details, retry_after_ms } = error as CallError;
      throw new Refusal(code, message, { details, retry_after_ms });
    }
  }

  /** Ends the line; the session lives on. */
  async close(): Promise<void> {
    await this.#client.close();
  }
}
