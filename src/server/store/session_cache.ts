/**
 * Live sessions in memory, so that a token is checked without asking the database. Filled on a miss; what an operation
 * has changed is dropped in the tick in which its outcome arrives, before anybody is told that it happened.
 */
import type { OperationArgs, OperationName, OperationResult } from './operations/index.js';
import type { LiveSession, Reads } from './reads.js';

/** An entry takes about 1 KiB; the ones used longest ago go first. */
const ENTRIES_MAX = 50_000;

/** What an operation makes stale: all sessions of an account, one session, or nothing. */
type Stale = { readonly account_id: string } | { readonly session_id: string } | null;

const nothing = (): Stale => null;
const ofAccount = (args: { readonly account_id: string }): Stale => ({ account_id: args.account_id });

/** One line for each operation: a new one has to say what it makes stale, or it doesn't compile. */
const MAKES_STALE: {
  readonly [O in OperationName]: (args: OperationArgs<O>, result: OperationResult<O>) => Stale;
} = {
  register_account: nothing,
  create_account: nothing,
  update_profile: ofAccount,
  suspend_account: ofAccount,
  resume_account: ofAccount,
  delete_account: ofAccount,
  assign_role: ofAccount,
  unassign_role: ofAccount,
  replace_setup_code: nothing,
  begin_session: ofAccount,
  record_sign_in_refused: nothing,
  touch_session: (args) => ({ session_id: args.session_id }),
  revoke_session: ofAccount,
  end_all_sessions: ofAccount,
  record_password_confirmed: nothing,
  change_password: ofAccount,
  redeem_code: ofAccount,
  rotate_refresh_token: (_args, result) =>
    'session_id' in result ? { session_id: result.session_id } : null,
  clear_throttle: nothing,
  create_client_key: nothing,
  rotate_client_key: nothing,
  // Sessions made through it stay.
  revoke_client_key: nothing,
  touch_client_key: nothing,
  prune: nothing,
};

export class SessionCache {
  readonly #reads: Reads;
  readonly #bySession = new Map<string, LiveSession>();
  readonly #byToken = new Map<string, LiveSession>();
  /** Ids. A list: most accounts have one, and a set of one takes five times the memory. */
  readonly #sessionsOfAccount = new Map<string, readonly string[]>();

  constructor(reads: Reads) {
    this.#reads = reads;
  }

  /** The live session of an id, or null. Costs a map look-up when it is known. */
  byId(sessionId: string, at: number): LiveSession | null | Promise<LiveSession | null> {
    const live = this.#bySession.get(sessionId);
    if (live === undefined) return this.#fetch(this.#reads.sessionById(sessionId, at));
    return this.#ifLive(live, at);
  }

  /** The live session of a token by its `tokenKey`, or null. */
  byTokenKey(key: string, at: number): LiveSession | null | Promise<LiveSession | null> {
    const live = this.#byToken.get(key);
    if (live === undefined)
      return this.#fetch(this.#reads.sessionByTokenHash(Buffer.from(key, 'latin1'), at));
    return this.#ifLive(live, at);
  }

  /** Drops what an operation has changed. */
  afterOperation<O extends OperationName>(
    operation: O,
    args: OperationArgs<O>,
    result: OperationResult<O>,
  ): void {
    const stale = MAKES_STALE[operation](args, result);
    if (stale === null) return;
    if ('session_id' in stale) this.#drop(stale.session_id);
    else for (const id of this.#sessionsOfAccount.get(stale.account_id) ?? []) this.#drop(id);
  }

  /** How many sessions are in memory. */
  get size(): number {
    return this.#bySession.size;
  }

  /** Forgets everything: another process has written to the database. */
  clear(): void {
    this.#bySession.clear();
    this.#byToken.clear();
    this.#sessionsOfAccount.clear();
  }

  #ifLive(live: LiveSession, at: number): LiveSession | null {
    if (at < live.session.expires_at) return live;
    this.#drop(live.session.session_id);
    return null;
  }

  async #fetch(read: Promise<LiveSession | null>): Promise<LiveSession | null> {
    const live = await read;
    if (live !== null) this.#keep(live);
    return live;
  }

  #keep(live: LiveSession): void {
    const { session_id } = live.session;
    this.#drop(session_id);
    if (this.#bySession.size >= ENTRIES_MAX) {
      const [oldest] = this.#bySession.keys();
      if (oldest !== undefined) this.#drop(oldest);
    }
    this.#bySession.set(session_id, live);
    this.#byToken.set(live.token_key, live);
    const others = this.#sessionsOfAccount.get(live.account_id) ?? [];
    this.#sessionsOfAccount.set(live.account_id, [...others, session_id]);
  }

  #drop(sessionId: string): void {
    const live = this.#bySession.get(sessionId);
    if (live === undefined) return;
    this.#bySession.delete(sessionId);
    this.#byToken.delete(live.token_key);
    const others = (this.#sessionsOfAccount.get(live.account_id) ?? []).filter((id) => id !== sessionId);
    if (others.length === 0) this.#sessionsOfAccount.delete(live.account_id);
    else this.#sessionsOfAccount.set(live.account_id, others);
  }
}
