/**
 * Live sessions in memory, so that a token is checked without asking the database. Filled on a miss; what an announcement
 * concerns is dropped in the tick in which it is heard, before anybody is told that it happened.
 */
import { LRUCache } from 'lru-cache';
import type { Announcement } from './announcements.js';
import { StorageUnavailableError } from './engine.js';
import type { Freshness } from './hearing.js';
import type { FoundSession, SessionReads } from './reads/sessions.js';
import type { Holding, Roles } from './role_table.js';

/** An entry takes about 1 KiB; the ones used longest ago go first. */
const ENTRIES_MAX = 50_000;
/** So often is a session read that is changed while it is read. */
const READS_MAX = 5;

/** A live session with what its account may do. */
export type LiveSession = Omit<FoundSession, 'roles'> & {
  readonly holding: Holding;
  /** Room for something worked out from it; goes when the session changes. */
  derived: object | null;
};

/** Which sessions can't be relied on any more. */
export type Stale = 'all' | { readonly session_ids: readonly string[] } | { readonly account_id: string };

/** Returns what an announcement makes stale, or null. A new kind has to say it, or it doesn't compile. */
export function staleBy(announcement: Announcement): Stale | null {
  switch (announcement.kind) {
    case 'sessions_ended':
      return { session_ids: announcement.session_ids };
    case 'session_changed':
      return { session_ids: [announcement.session_id] };
    case 'account_changed':
      return { account_id: announcement.account_id };
    // A session shows nothing of it.
    case 'profile_changed':
      return null;
    // It says itself with which table of roles it was worked out.
    case 'role_changed':
      return null;
    // Sessions made through it stay.
    case 'client_key_ended':
    case 'client_key_changed':
    case 'administrator_claimed':
      return null;
    case 'everything':
      return 'all';
  }
}

function concerns(stale: Stale, live: Pick<LiveSession, 'account_id' | 'session'>): boolean {
  if (stale === 'all') return true;
  if ('session_ids' in stale) return stale.session_ids.includes(live.session.session_id);
  return live.account_id === stale.account_id;
}

type Found = LiveSession | null;

/** Name by name: objects of one shape are quick to read. */
function toLive(
  { session, account_id, account_name, token_key }: FoundSession,
  holding: Holding,
): LiveSession {
  return { session, account_id, account_name, token_key, holding, derived: null };
}

export class SessionCache {
  readonly #freshness: Freshness | null;
  readonly #reads: Pick<SessionReads, 'byId' | 'byTokenHash'>;
  readonly #roles: Roles;
  readonly #bySession: LRUCache<string, LiveSession>;
  readonly #byToken = new Map<string, LiveSession>();
  /** Ids. A list: most accounts have one, and a set of one takes five times the memory. */
  readonly #sessionsOfAccount = new Map<string, readonly string[]>();
  /** By id or by token: ids are no tokens. */
  readonly #underWay = new Map<string, { readonly began: number; readonly found: Promise<Found> }>();
  /** Reads that are under way. */
  #reading = 0;
  /** Announcements heard so far, and those heard while something was being read. */
  #heard = 0;
  #meanwhile: { readonly number: number; readonly stale: Stale }[] = [];

  /** `freshness`: whether what was announced is known; null where it always is. */
  constructor(
    reads: Pick<SessionReads, 'byId' | 'byTokenHash'>,
    roles: Roles,
    {
      entries_max = ENTRIES_MAX,
      freshness = null,
    }: { readonly entries_max?: number; readonly freshness?: Freshness | null } = {},
  ) {
    this.#reads = reads;
    this.#roles = roles;
    this.#freshness = freshness;
    this.#bySession = new LRUCache({ max: entries_max, dispose: (live) => this.#forget(live) });
  }

  /** Returns the live session of an id, or null. Costs a map look-up when it is known. */
  byId(sessionId: string, at: number): Found | Promise<Found> {
    if (this.#freshness?.isFresh() === false)
      return this.#freshness.becomeFresh().then(() => this.byId(sessionId, at));
    const live = this.#bySession.get(sessionId);
    if (live === undefined) return this.#fetch(sessionId, () => this.#reads.byId(sessionId, at));
    return this.#ifLive(live, at);
  }

  /** Returns the live session of a token by its `tokenKey`, or null. */
  byTokenKey(key: string, at: number): Found | Promise<Found> {
    if (this.#freshness?.isFresh() === false)
      return this.#freshness.becomeFresh().then(() => this.byTokenKey(key, at));
    const live = this.#byToken.get(key);
    if (live === undefined)
      return this.#fetch(key, () => this.#reads.byTokenHash(Buffer.from(key, 'latin1'), at));
    // Used now, so it is not the next to go.
    this.#bySession.get(live.session.session_id);
    return this.#ifLive(live, at);
  }

  /** Drops what an announcement concerns, and keeps nothing of it that is being read. */
  hear(announcement: Announcement): void {
    const stale = staleBy(announcement);
    if (stale === null) return;
    this.#heard += 1;
    if (this.#reading > 0) this.#meanwhile.push({ number: this.#heard, stale });
    if (stale === 'all') this.#bySession.clear();
    else if ('session_ids' in stale) for (const id of stale.session_ids) this.#bySession.delete(id);
    else for (const id of this.#sessionsOfAccount.get(stale.account_id) ?? []) this.#bySession.delete(id);
  }

  /** Returns how many sessions are in memory. */
  get size(): number {
    return this.#bySession.size;
  }

  #ifLive(live: LiveSession, at: number): Found | Promise<Found> {
    const { session_id, expires_at } = live.session;
    if (at >= expires_at) {
      this.#bySession.delete(session_id);
      return null;
    }
    if (live.holding.table === this.#roles.now) return live;
    // A role was changed since: what this account may do is worked out again, and who it is stays.
    const table = this.#roles.current();
    // The session itself may end while the roles are read.
    if (table instanceof Promise) return table.then(() => this.byId(session_id, at));
    const anew = toLive({ ...live, roles: live.holding.roles }, table.holdingOf(live.holding.roles));
    this.#keep(anew);
    return anew;
  }

  /** Reads what isn't known. Whoever asks for the same while it is read gets the same, as long as nothing was announced since. */
  #fetch(key: string, read: () => Promise<FoundSession | null>): Promise<Found> {
    const other = this.#underWay.get(key);
    if (other?.began === this.#heard) return other.found;
    const mine = { began: this.#heard, found: this.#readUntilTrue(read) };
    this.#underWay.set(key, mine);
    const forget = (): void => {
      if (this.#underWay.get(key) === mine) this.#underWay.delete(key);
    };
    mine.found.then(forget, forget);
    return mine.found;
  }

  /**
   * Reads a session and keeps it. What was read is from before whatever was announced about it meanwhile, and nobody would
   * announce that again: then it is read once more.
   */
  async #readUntilTrue(read: () => Promise<FoundSession | null>): Promise<Found> {
    for (let reads = 1; reads <= READS_MAX; reads += 1) {
      const began = this.#heard;
      this.#reading += 1;
      try {
        const found = await read();
        const table = await this.#roles.current();
        // The answers may have been long on their way, or this process stood still.
        if (this.#freshness?.isFresh() === false) await this.#freshness.becomeFresh();
        if (found === null) return null;
        if (!this.#staleSince(began, found) && table === this.#roles.now) {
          const live = toLive(found, table.holdingOf(found.roles));
          this.#keep(live);
          return live;
        }
      } finally {
        this.#reading -= 1;
        if (this.#reading === 0 && this.#meanwhile.length > 0) this.#meanwhile = [];
      }
    }
    throw new StorageUnavailableError('a session was changed each time it was read');
  }

  #staleSince(began: number, found: FoundSession): boolean {
    return this.#meanwhile.some(({ number, stale }) => number > began && concerns(stale, found));
  }

  #keep(live: LiveSession): void {
    const { session_id } = live.session;
    // The one before goes with all that points to it.
    this.#bySession.delete(session_id);
    this.#bySession.set(session_id, live);
    this.#byToken.set(live.token_key, live);
    const others = this.#sessionsOfAccount.get(live.account_id) ?? [];
    this.#sessionsOfAccount.set(live.account_id, [...others, session_id]);
  }

  #forget(live: LiveSession): void {
    const { session_id } = live.session;
    this.#byToken.delete(live.token_key);
    const others = (this.#sessionsOfAccount.get(live.account_id) ?? []).filter((id) => id !== session_id);
    if (others.length === 0) this.#sessionsOfAccount.delete(live.account_id);
    else this.#sessionsOfAccount.set(live.account_id, others);
  }
}
