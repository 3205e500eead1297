/**
 * The client keys of a running server: the local one from the data folder and the named ones from the database. Asks the
 * database at every handshake, and watches over the keys of open connections: keys are also revoked from the command line,
 * and end by themselves.
 */
import { LOCAL_KEY_ID } from '../protocol/index.js';
import type { ClientKey } from './data_folder/index.js';
import type { ClientKeys, LiveSessions, UsableKey } from './net/index.js';
import type { Clock, Log } from './runtime/index.js';
import type { Store } from './store/index.js';

/** Half of what is promised: the connections of a key that was revoked elsewhere are closed within a second. */
const WATCH_EVERY_MS = 500;
const TOUCH_EVERY_MS = 60_000;

type Parts = { store: Store; local: ClientKey; live: LiveSessions; clock: Clock; log: Log };

export class StoredClientKeys implements ClientKeys {
  readonly #parts: Parts;
  /** When the use of a secret was last written: a number for each secret in use, no key. */
  readonly #touchedAt = new Map<number, number>();
  #watch: NodeJS.Timeout | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
  }

  /** The keys valid now. The same statement for every id; `local` is in no row, so it finds nothing there. */
  async find(keyId: string): Promise<readonly UsableKey[]> {
    const { store, clock, local } = this.#parts;
    const found = await store.read.client_keys.validSecrets(keyId, clock.now());
    return keyId === LOCAL_KEY_ID ? [{ key: local.key, secret_id: null }] : found;
  }

  used({ secret_id }: UsableKey): void {
    if (secret_id === null) return;
    const { store, clock, log } = this.#parts;
    const at = clock.now();
    if (at - (this.#touchedAt.get(secret_id) ?? -Infinity) < TOUCH_EVERY_MS) return;
    this.#touchedAt.set(secret_id, at);
    store
      .run('touch_client_key', { secret_id, at })
      .catch((error: unknown) => log.warn({ reason: String(error) }, 'the use of a client key is not noted'));
  }

  /** Begins to watch over the keys of open connections. */
  watch(): void {
    this.#watch = setInterval(() => {
      this.#endInvalid().catch((error: unknown) =>
        this.#parts.log.error({ reason: String(error) }, 'client keys can not be read'),
      );
    }, WATCH_EVERY_MS);
    this.#watch.unref();
  }

  stop(): void {
    if (this.#watch !== null) clearInterval(this.#watch);
  }

  /** Ends the connections whose secret is no longer valid. Costs nothing while only local clients are connected. */
  async #endInvalid(): Promise<void> {
    const { store, live, clock, log } = this.#parts;
    const inUse = live.secretsInUse();
    if (inUse.size === 0) return;
    const at = clock.now();
    const valid = await store.read.client_keys.validSecretIds(at);
    for (const [secretId, key_id] of inUse) {
      if (valid.has(secretId)) continue;
      const reason = await store.read.client_keys.endReason(key_id, at);
      live.endSecret(secretId, reason);
      this.#touchedAt.delete(secretId);
      log.info({ key_id, reason }, 'closed the connections of a client key');
    }
  }
}
