/** Who holds which roles, in memory: of accounts that other services ask about. Dropped when an account is announced to have changed. */
import { LRUCache } from 'lru-cache';
import type { Announcement } from './announcements.js';
import type { Freshness } from './hearing.js';
import { readUnchanged } from './read_unchanged.js';
import type { AccountReads } from './reads/accounts.js';

/** An entry takes about 200 bytes; the ones used longest ago go first. */
const ENTRIES_MAX = 50_000;

/** The roles of active accounts, sorted, by account id; who isn't in it is not active, or not there. */
export type Held = ReadonlyMap<string, readonly string[]>;

export class Holders {
  readonly #reads: Pick<AccountReads, 'rolesOfActive'>;
  readonly #freshness: Freshness | null;
  /** Active ones only: who isn't there, or can't sign in, is asked for each time. */
  readonly #known = new LRUCache<string, readonly string[]>({ max: ENTRIES_MAX });
  /** One list for all who hold the same. */
  readonly #lists = new Map<string, readonly string[]>();
  /** Changes heard so far. */
  #heard = 0;

  constructor(reads: Pick<AccountReads, 'rolesOfActive'>, freshness: Freshness | null = null) {
    this.#reads = reads;
    this.#freshness = freshness;
  }

  /** Returns the roles of those of these accounts that are active, all of one moment. Throws StorageUnavailableError. */
  of(ids: readonly string[]): Held | Promise<Held> {
    if (this.#freshness?.isFresh() === false) return this.#freshness.becomeFresh().then(() => this.of(ids));
    const found = new Map<string, readonly string[]>();
    const missing = new Set<string>();
    for (const id of ids) {
      const roles = this.#known.get(id);
      if (roles === undefined) missing.add(id);
      else found.set(id, roles);
    }
    return missing.size === 0 ? found : this.#read([...missing], ids);
  }

  hear(announcement: Announcement): void {
    if (announcement.kind === 'account_changed') this.#known.delete(announcement.account_id);
    else if (announcement.kind === 'everything') this.#known.clear();
    else return;
    this.#heard += 1;
  }

  #read(missing: readonly string[], ids: readonly string[]): Promise<Held> {
    // What is announced meanwhile may be about any of them, those that were in memory among them.
    let wanted = missing;
    const read = async (): Promise<Held> => {
      const some = wanted;
      wanted = ids;
      const roles = await this.#reads.rolesOfActive(some);
      if (this.#freshness?.isFresh() === false) await this.#freshness.becomeFresh();
      return roles;
    };
    return readUnchanged(
      'who holds which roles',
      () => this.#heard,
      read,
      (some) => this.#keep(some, ids),
    );
  }

  #keep(read: Held, ids: readonly string[]): Held {
    for (const [id, roles] of read) this.#known.set(id, this.#one(roles));
    const found = new Map(read);
    for (const id of ids) {
      const roles = found.get(id) ?? this.#known.get(id);
      if (roles !== undefined) found.set(id, roles);
    }
    return found;
  }

  /** The same list as of everybody else who holds these roles. */
  #one(roles: readonly string[]): readonly string[] {
    const key = roles.join(' ');
    const known = this.#lists.get(key);
    if (known !== undefined) return known;
    if (this.#lists.size >= ENTRIES_MAX) this.#lists.clear();
    this.#lists.set(key, roles);
    return roles;
  }
}
