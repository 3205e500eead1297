/**
 * Every limit that a peer can run into, in one place, with its unit last in its name and its reason beside it.
 * The document and the JSON Schemas quote these values; nothing else may hold a number of its own.
 */

/** The protocol's name and version; the first bytes of every handshake transcript. */
export const PROTOCOL = 'portcullis/1';

/** The TCP port that client and server use when none is named: the JIM course's port, so that old notes still work. */
export const DEFAULT_PORT = 7777;

/** How often something may be done: so many points in so many seconds. */
export type BucketLimit = {
  readonly points: number;
  readonly per_seconds: number;
  /** What uses it up. What only failures use up is drawn before the check and given back when it succeeds. */
  readonly by: 'failures' | 'all';
};

/**
 * What can be drawn from each bucket: by address where nobody is signed in, by account where somebody is. The /48 around
 * an IPv6 address has ten times as much as its /64.
 */
export const BUCKET_LIMITS = {
  guess: [
    // Twenty wrong passwords in ten minutes is a bad day, more is a machine.
    { points: 20, per_seconds: 600, by: 'failures' },
    { points: 100, per_seconds: 3_600, by: 'failures' },
    // A right one is a password hash as well: half of what one core can do in that time, and a large office signs in.
    { points: 1_200, per_seconds: 600, by: 'all' },
  ],
  // Nobody guesses 256 bits, so this bounds work and log only: a classroom whose sessions have all ended comes nowhere near.
  // A token that is good is never refused for it.
  token: [{ points: 2_000, per_seconds: 600, by: 'failures' }],
  create: [{ points: 60, per_seconds: 600, by: 'all' }],
  write: [{ points: 300, per_seconds: 60, by: 'all' }],
  list: [{ points: 600, per_seconds: 60, by: 'all' }],
  // By session. An access token lasts ten minutes; each exchange is a durable write and a row of the audit log.
  refresh: [{ points: 60, per_seconds: 600, by: 'all' }],
  // By session. A session has few connections at once, and comes back once after each loss of the network.
  resume: [{ points: 600, per_seconds: 600, by: 'all' }],
  // Each new e-mail address answers whether somebody else has it. By account for changes, by address for what was refused
  // at registration: people mistype their own address, they don't go through lists.
  email: [{ points: 10, per_seconds: 3_600, by: 'failures' }],
} as const satisfies Readonly<Record<string, readonly BucketLimit[]>>;

export type LimitedBucket = keyof typeof BUCKET_LIMITS;

/** A client key's secret, in bytes: as long as the digest that it keys. */
export const CLIENT_KEY_BYTES = 32;

export const LIMITS = {
  /** A sign-in or registration fits in a quarter of this; strangers get no more memory than that. */
  frame_bytes_max_before_sign_in: 4 * 1024,
  /** A page of 200 users is about 50 KiB; nothing a client sends comes near. */
  frame_bytes_max: 64 * 1024,
  /**
   * A program whose client key has a permission asks about so many at once that it wouldn't fit before: a thousand tokens. Who
   * holds such a key is known, and can lose it.
   */
  frame_bytes_max_of_services: 512 * 1024,
  /** Replies may be larger than requests: a page of accounts is bounded far below this. */
  reply_bytes_max: 1024 * 1024,
  /** JSON.parse itself accepts a depth of a million, and what it returns then breaks whoever walks it. */
  json_depth_max: 32,
  /** An object with more keys than this is no request of ours; it keeps the duplicate check cheap. */
  json_keys_max: 256,
  /** Objects and arrays of one body: a page of 200 has about 500. Thirty thousand empty lists take the parser 10 ms. */
  json_containers_max: 4_096,
  /** A peer that doesn't speak is dropped before it costs more than a socket. */
  first_frame_ms: 5_000,
  /** The handshake, from the challenge to the proof. One challenge a connection, one try. */
  handshake_ms: 5_000,
  /** From a frame's first byte to its last: ends a slow-drip peer. */
  frame_complete_ms: 10_000,
  /** A handshaken connection on which nobody signs in; each `probe` starts it anew, for a person who is still typing. */
  before_sign_in_ms: 15_000,
  /** With nothing heard from the peer for this long the server pushes the event `probe`. */
  keep_alive_ms: 30_000,
  /** Probes that may stay unanswered before the connection is closed. */
  keep_alive_missed_max: 2,
  /** What may wait in the server for a peer that reads slowly. */
  outbound_bytes_max: 1024 * 1024,
  /** A peer that leaves something waiting for this long is closed. */
  drain_ms: 10_000,
  /** Requests of one connection in work at once; beyond that the server stops reading until one is answered. */
  in_flight_max: 64,
  /** Unusable frames (no JSON, no envelope) that a connection may send before it is closed. */
  bad_frames_max: 16,
  /** Connections from one address (IPv4 /32, IPv6 /64, all of loopback) that haven't signed in; an IPv6 /48 has ten times as many. */
  connections_per_address_before_sign_in_max: 20,
  /** Connections that are signed in with one session: every window of one device, or the workers of one service. */
  connections_per_session_max: 20,
  /** The same for an account: ten devices with ten windows each. */
  connections_per_account_max: 100,
  /** The same for an address: behind one of an office or a mobile network may be a thousand people. */
  connections_per_address_max: 1_000,
  /** Of all places only for those on which nobody is signed in yet: everybody who comes is a stranger at first. */
  places_for_strangers_percent: 10,
  /** Of all places only for accounts that may suspend others: who can end a crowd has to come in while it is there. */
  places_for_moderation_percent: 5,
  /** How long a stopping server waits for work in flight. */
  shutdown_ms: 5_000,

  account_name_length_min: 3,
  account_name_length_max: 32,
  /** Code points. A server can ask for more, never for less. [ASVS 5.0.0 6.2.1] */
  password_length_min: 8,
  /** Code points; nothing is ever cut off. */
  password_length_max: 256,
  /** [RFC 5321 4.5.3.1] */
  email_length_max: 254,
  name_length_max: 100,
  phone_length_max: 32,
  bio_length_max: 1_000,
  url_length_max: 2_048,
  /** [BCP 47] tags in use are far shorter. */
  locale_length_max: 35,
  device_text_length_max: 64,
  /** The longest text that a list shows, an address: what is shown can be typed back. */
  search_length_max: 254,
  /** A page ends early when it would be larger, so that a reply stays small and quick whatever people wrote. */
  page_bytes_max: 256 * 1024,
  /** Rows of one page. */
  page_rows_max: 200,
  page_rows_default: 50,
  /** Room for a place in the order of names: two of 100 code points of four bytes each, an id and a MAC, in base64. */
  page_cursor_length_max: 2_048,
  /** A search looks at so many terms at most: what more begin with is no search yet, one letter more is. */
  search_rows_max: 1_000,
  /** A page that leaves out what a word finds which begins very many terms passes over so many accounts at most. */
  search_passed_max: 2_000,
  /** Counting stops here, so that no list costs more the more accounts there are. */
  count_max: 10_000,
  request_id_length_max: 64,
  /** A page of a service asks for a handful; a thousand at once are for whoever catches up. */
  questions_max: 1_000,
  client_key_name_length_max: 64,
  /** Roles of one's own: a list of so many, each with as much as it may permit, is still one reply. */
  roles_max: 100,
  role_permissions_max: 64,
  /** All that somebody's roles permit is read with their session. */
  roles_of_account_max: 16,
  role_description_length_max: 200,
  /** The longest name of a service and of what it permits, and the colon between them. */
  permission_length_max: 96,
  /** A key for each program and machine; a list of so many is still one reply. */
  client_keys_max: 500,
  /** A month: whoever hasn't changed a key by then needs a new one anyway. */
  client_key_overlap_hours_max: 720,
  /** A week: time to reach every machine that holds the old key. */
  client_key_overlap_hours_default: 168,
} as const;
