/**
 * Carries what operations announce to everybody outside the store who has to hear it: live connections, the watch over
 * client keys, the setup code. Looks a few times a second for what other processes have announced.
 */
import { setImmediate as nextTurn } from 'node:timers/promises';
import type { LiveSessions } from '../net/index.js';
import type { Clock, Log } from '../runtime/index.js';
import { StorageUnavailableError, type Announcement, type Asker, type Store } from '../store/index.js';
import type { StoredClientKeys } from './client_keys.js';
import type { SetupCode } from './setup_code.js';

/** A quarter of what is promised: what another process ends is closed here within a second. */
const LOOK_EVERY_MS = 250;

/** For how long one turn of the event loop may be spent with looking at everything, milliseconds. */
const SLICE_MS = 2;

type Parts = {
  readonly store: Store;
  readonly live: LiveSessions;
  readonly keys: StoredClientKeys;
  readonly setup: SetupCode;
  readonly clock: Clock;
  readonly log: Log;
};

export class Announcer {
  readonly #parts: Parts;
  #timer: NodeJS.Timeout | null = null;
  /** Whether the database could not be asked when it was looked at last: that is told once, and not with every look. */
  #away = false;
  /** Whether not all could be looked at that may have changed unheard. */
  #owed = false;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.store.listen((announcement, asker) => this.#carry(announcement, asker));
  }

  /** Begins to look for what other processes have announced, and for client keys that end by themselves. */
  start(): void {
    const { store, keys, clock } = this.#parts;
    this.#timer = setInterval(() => {
      store.hearOthers(clock.passed()).then(
        () => this.#reached(),
        (error: unknown) => this.#failed(error),
      );
      keys.endInvalid().catch((error: unknown) => this.#failed(error));
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  #carry(announcement: Announcement, asker: Asker | null): void {
    const { live, keys, setup } = this.#parts;
    switch (announcement.kind) {
      case 'sessions_ended':
        live.endSessions(announcement, asker);
        break;
      case 'account_changed':
        this.#tellAccount(announcement.account_id, asker).catch((error: unknown) => this.#failed(error));
        break;
      case 'client_key_ended':
        keys.ended(announcement.key_id);
        live.endClientKey(announcement, asker);
        break;
      case 'client_key_changed':
        keys.changed(announcement.key_id);
        break;
      case 'administrator_claimed':
        setup.claimed();
        break;
      case 'everything':
        this.#lookAtEverything();
        break;
      // Only the session cache remembers these.
      case 'session_changed':
      case 'role_changed':
        break;
    }
  }

  /** Pushes an account as it is now to its connections. Asks the database only if there are any. */
  async #tellAccount(account_id: string, asker: Asker | null): Promise<void> {
    const { store, live } = this.#parts;
    if (!live.hasAccount(account_id, asker)) return;
    const account = await store.read.accounts.byId(account_id);
    if (account !== null) live.notifyAccount(account_id, 'account_changed', { account }, asker);
  }

  #lookAtEverything(): void {
    this.#owed = false;
    this.#lookAtAll().catch((error: unknown) => {
      this.#owed = true;
      this.#failed(error);
    });
  }

  /** Looks at every session and key that is in use: some may have ended unheard. */
  async #lookAtAll(): Promise<void> {
    const { store, live, keys } = this.#parts;
    let began = performance.now();
    for (const { account_id, session_id } of live.signedIn()) {
      const reason = await store.read.sessions.endReason(session_id);
      // On SQLite nothing of this waits, and there may be thousands: others have their turn in between.
      if (performance.now() - began > SLICE_MS) {
        await nextTurn();
        began = performance.now();
      }
      // One that has reached its end by itself is told with the next request, as always.
      if (reason === null) continue;
      live.endSessions({ kind: 'sessions_ended', account_id, session_ids: [session_id], reason }, null);
    }
    keys.allChanged();
  }

  #reached(): void {
    if (this.#owed) this.#lookAtEverything();
    if (!this.#away) return;
    this.#away = false;
    this.#parts.log.info({}, 'the database can be asked again');
  }

  #failed(error: unknown): void {
    if (error instanceof StorageUnavailableError) {
      if (this.#away) return;
      this.#away = true;
      this.#parts.log.error(
        { reason: error.message },
        'the database can not be asked; requests are refused until it can',
      );
      return;
    }
    this.#parts.log.error({ reason: String(error) }, 'what was announced could not be carried out');
  }
}
