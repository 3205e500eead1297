/** What client keys permit with nobody signed in, in memory: asked with every call that a program makes by its key. */
import { CLIENT_PERMISSION_NAMES, LOCAL_KEY_ID, type ClientPermission } from '../../protocol/index.js';
import type { Announcement } from './announcements.js';
import type { Freshness } from './hearing.js';
import { readUnchanged } from './read_unchanged.js';
import type { ClientKeyReads } from './reads/client_keys.js';

type Permitted = ReadonlySet<ClientPermission>;

/** Whoever can read the file of the local key has the database as well. */
const LOCAL: Permitted = new Set(CLIENT_PERMISSION_NAMES);

export class ClientPermissions {
  readonly #reads: Pick<ClientKeyReads, 'permissionsOf'>;
  readonly #freshness: Freshness | null;
  /** By key id. There are a few hundred keys at most. */
  readonly #known = new Map<string, Permitted>();
  /** Changes heard so far. */
  #heard = 0;

  constructor(reads: Pick<ClientKeyReads, 'permissionsOf'>, freshness: Freshness | null = null) {
    this.#reads = reads;
    this.#freshness = freshness;
  }

  /** Returns what a key permits. Costs a map look-up when it is known. Throws StorageUnavailableError. */
  of(keyId: string): Permitted | Promise<Permitted> {
    if (keyId === LOCAL_KEY_ID) return LOCAL;
    if (this.#freshness?.isFresh() === false) return this.#freshness.becomeFresh().then(() => this.of(keyId));
    return this.#known.get(keyId) ?? this.#read(keyId);
  }

  hear(announcement: Announcement): void {
    switch (announcement.kind) {
      case 'client_key_changed':
      case 'client_key_ended':
        this.#known.delete(announcement.key_id);
        break;
      case 'everything':
        this.#known.clear();
        break;
      default:
        return;
    }
    this.#heard += 1;
  }

  #read(keyId: string): Promise<Permitted> {
    const read = async (): Promise<Permitted> => {
      const permitted = new Set(await this.#reads.permissionsOf(keyId));
      if (this.#freshness?.isFresh() === false) await this.#freshness.becomeFresh();
      return permitted;
    };
    return readUnchanged(
      'what a client key permits',
      () => this.#heard,
      read,
      (permitted) => {
        this.#known.set(keyId, permitted);
        return permitted;
      },
    );
  }
}
