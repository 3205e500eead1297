/**
 * The client keys of a running server: the local one from the data folder and the named ones from the database. Asks the
 * database at every handshake, and ends the connections of keys that are no longer valid: when it hears that one was
 * changed, by whomever, and when one ends by itself.
 */
import { CLIENT_PERMISSION_NAMES, LOCAL_KEY_ID } from '../../protocol/index.js';
import type { ClientKey } from '../data_folder/index.js';
import type { ClientKeys, LiveSessions, UsableKey } from '../net/index.js';
import type { Clock, Log } from '../runtime/index.js';
import type { Store } from '../store/index.js';

const TOUCH_EVERY_MS = 60_000;

type Parts = { store: Store; local: ClientKey; live: LiveSessions; clock: Clock; log: Log };

/** What is remembered of a secret that was found valid: no key. */
type KnownSecret = {
  readonly key_id: string;
  /** When it ends by itself, Unix milliseconds; null for no end. */
  readonly ends_at: number | null;
  /** How often its key id had been announced when it was read. */
  readonly announced: number;
};

export class StoredClientKeys implements ClientKeys {
  readonly #parts: Parts;
  /** When the use of a secret was last written: a number for each secret in use. */
  readonly #touchedAt = new Map<number, number>();
  readonly #known = new Map<number, KnownSecret>();
  /** How often each key id was announced, and how often all of them were. */
  readonly #announced = new Map<string, number>();
  #allAnnounced = 0;
  /** Key ids to look at. One stays until it could be looked at. */
  readonly #due = new Set<string>();

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** Returns the keys valid now. The same statement for every id; `local` is in no row, so it finds nothing there. */
  async find(keyId: string): Promise<readonly UsableKey[]> {
    const { store, clock, local } = this.#parts;
    const announced = this.#announcedOf(keyId);
    const found = await store.read.client_keys.validSecrets(keyId, clock.now());
    if (keyId === LOCAL_KEY_ID)
      return [{ key: local.key, secret_id: null, permissions: CLIENT_PERMISSION_NAMES }];
    for (const { secret_id, ends_at } of found)
      this.#known.set(secret_id, { key_id: keyId, ends_at, announced });
    return found;
  }

  used(key_id: string, { secret_id }: UsableKey): void {
    if (secret_id === null) return;
    const { store, clock, log } = this.#parts;
    const known = this.#known.get(secret_id);
    // Announced since it was read, or found to have ended: it is looked at again when the connection is among those in use.
    if (known?.announced !== this.#announcedOf(key_id)) this.#due.add(key_id);
    const at = clock.now();
    if (at - (this.#touchedAt.get(secret_id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touchedAt.set(secret_id, at);
    store
      .run('touch_client_key', { secret_id, at })
      .catch((error: unknown) => log.warn({ reason: String(error) }, 'the use of a client key is not noted'));
  }

  /** Hears that a client key has ended: its connections are being closed. */
  ended(keyId: string): void {
    this.#announced.set(keyId, (this.#announced.get(keyId) ?? 0) + 1);
  }

  /** Hears that a client key has other secrets now. Whoever asked for it has the reply before anything is closed. */
  changed(keyId: string): void {
    this.ended(keyId);
    this.#due.add(keyId);
  }

  /** Hears that any key may have changed. */
  allChanged(): void {
    // Also for a handshake that has read its key and is not over.
    this.#allAnnounced += 1;
    for (const key_id of this.#parts.live.secretsInUse().values()) this.changed(key_id);
  }

  /** Ends the connections of secrets that have ended. Asks the database only about keys that may have some. */
  async endInvalid(): Promise<void> {
    const { live, clock } = this.#parts;
    const at = clock.now();
    for (const [secretId, key_id] of live.secretsInUse()) {
      const ends_at = this.#known.get(secretId)?.ends_at ?? null;
      if (ends_at !== null && ends_at <= at) this.#due.add(key_id);
    }
    for (const key_id of [...this.#due]) {
      this.#due.delete(key_id);
      try {
        await this.#endInvalid(key_id);
      } catch (error) {
        // Not known now is not forgotten: the next look asks again.
        this.#due.add(key_id);
        throw error;
      }
    }
  }

  #announcedOf(keyId: string): number {
    return (this.#announced.get(keyId) ?? 0) + this.#allAnnounced;
  }

  async #endInvalid(key_id: string): Promise<void> {
    const { store, live, clock, log } = this.#parts;
    const at = clock.now();
    const announced = this.#announcedOf(key_id);
    const valid = new Map(
      (await store.read.client_keys.validSecrets(key_id, at)).map((one) => [one.secret_id, one.ends_at]),
    );
    for (const [secretId, ofKey] of live.secretsInUse()) {
      if (ofKey !== key_id) continue;
      const ends_at = valid.get(secretId);
      if (ends_at !== undefined) {
        this.#known.set(secretId, { key_id, ends_at, announced });
        continue;
      }
      const reason = await store.read.client_keys.endReason(key_id, at);
      live.endSecret(secretId, reason);
      this.#touchedAt.delete(secretId);
      this.#known.delete(secretId);
      log.info({ key_id, reason }, 'closed the connections of a client key');
    }
  }
}
