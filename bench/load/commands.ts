/** What the load generator can be told to do, and what it answers. Plain data: it travels between processes. */

/** Where load goes. `key` is base64url. Everything is on loopback. */
export type Target =
  | {
      readonly speaks: 'portcullis';
      readonly port: number;
      readonly tls: boolean;
      readonly key_id: string;
      readonly key: string;
    }
  | { readonly speaks: 'frames'; readonly port: number; readonly tls: boolean }
  | { readonly speaks: 'resp' | 'http' | 'ldap'; readonly port: number };

type Paced = {
  readonly target: Target;
  /** Requests as bytes for the wire, sent one after the other and from the beginning again. */
  readonly requests: readonly Uint8Array[];
  readonly connections: number;
  /** Session tokens with which connections are signed in, connection by connection; empty: nobody signs in. */
  readonly sign_in_with: readonly string[];
  /** A text that the first reply on each connection must hold. */
  readonly expect: string;
  readonly warm_ms: number;
  readonly measure_ms: number;
  /** The process whose CPU time is read at both ends of the measurement. */
  readonly cpu_of: number;
};

/** Each connection sends `depth` requests and then one more for every reply. */
export type ClosedLoop = Paced & { readonly kind: 'closed_loop'; readonly depth: number };

/** Requests leave at a fixed rate, whether earlier ones were answered or not. */
export type OpenLoop = Paced & { readonly kind: 'open_loop'; readonly rate: number };

export type Person = { readonly account_name: string; readonly password: string };

/** As many clients as people sign in and out, again and again. */
export type SignIns = {
  readonly kind: 'sign_ins';
  readonly target: Target;
  readonly people: readonly Person[];
  readonly warm_ms: number;
  readonly measure_ms: number;
  readonly cpu_of: number;
};

/** One signed-in connection asks one question at a time. */
export type Asks = {
  readonly kind: 'asks';
  readonly target: Target;
  readonly session_token: string;
  readonly questions: readonly {
    readonly name: string;
    readonly action: string;
    readonly params: object;
  }[];
  /** How often each is asked, unless time runs out first. */
  readonly times: number;
  readonly time_ms_max: number;
};

/** Opens connections until so many are held; they stay until the generator ends. */
export type Hold = {
  readonly kind: 'hold';
  readonly target: Target;
  readonly connections: number;
  readonly sign_in_with: readonly string[];
  /** The loopback address that they come from, without TLS: one has ports for 28,000 and no more. */
  readonly from?: string;
};

export type Command = ClosedLoop | OpenLoop | SignIns | Asks | Hold;

export type Latency = {
  readonly p50_ms: number;
  readonly p99_ms: number;
  readonly p999_ms: number;
  readonly max_ms: number;
};

/** What one measurement gave. */
export type Measured = Latency & {
  readonly count: number;
  readonly per_second: number;
  /** CPU time of the watched process for each request, microseconds, user and system. */
  readonly cpu_us: number;
  /** Replies that said no, or that were not what was asked for. */
  readonly errors: number;
  /** How late the generator itself was at worst, milliseconds. Not part of the latencies. */
  readonly generator_late_ms: number;
};

export type Answered = Latency & { readonly name: string; readonly count: number; readonly errors: number };

export type Result =
  | { readonly kind: 'measured'; readonly measured: Measured }
  | { readonly kind: 'answered'; readonly answers: readonly Answered[] }
  | { readonly kind: 'held'; readonly connections: number }
  | { readonly kind: 'failed'; readonly reason: string };
