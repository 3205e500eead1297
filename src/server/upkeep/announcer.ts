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

/** So many different reasons are logged until it goes on. */
const REASONS_MAX = 10;
const AWAY = 'away';

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
  #looking = false;
  /** What could not be carried out when it was heard, by what it is about. */
  readonly #owed = new Map<string, () => Promise<void>>();
  /** Since when the database can't be asked, by `clock.passed`, and what was said about that. Null while it can. */
  #trouble: { readonly since: number; readonly said: Set<string> } | null = null;

  constructor(parts: Parts) {
    this.#parts = parts;
    parts.store.listen((announcement, asker) => this.#carry(announcement, asker));
  }

  /** Begins to look for what other processes have announced, and for client keys that end by themselves. */
  start(): void {
    this.#timer = setInterval(() => {
      if (this.#looking) return;
      this.#looking = true;
      void this.#look().finally(() => (this.#looking = false));
    }, LOOK_EVERY_MS);
    this.#timer.unref();
  }

  stop(): void {
    if (this.#timer !== null) clearInterval(this.#timer);
  }

  async #look(): Promise<void> {
    const { store, keys, clock, log } = this.#parts;
    try {
      await store.hearOthers(clock.passed());
      await keys.endInvalid();
    } catch (error) {
      this.#failed(error);
      return;
    }
    const owed = [...this.#owed];
    this.#owed.clear();
    for (const [what, work] of owed) await this.#carryOut(what, work);
    if (this.#trouble === null || this.#owed.size > 0) return;
    log.info(
      { away_ms: Math.round(clock.passed() - this.#trouble.since) },
      'the database can be asked again',
    );
    this.#trouble = null;
  }

  /** Does what an announcement asks for; what fails is tried again with the next look. */
  async #carryOut(what: string, work: () => Promise<void>): Promise<void> {
    try {
      await work();
    } catch (error) {
      this.#owed.set(what, work);
      this.#failed(error);
    }
  }

  #carry(announcement: Announcement, asker: Asker | null): void {
    const { live, keys, setup } = this.#parts;
    switch (announcement.kind) {
      case 'sessions_ended':
        live.endSessions(announcement, asker);
        break;
      case 'account_changed':
      case 'profile_changed':
        void this.#carryOut(announcement.account_id, () => this.#tellAccount(announcement.account_id, asker));
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
        void this.#carryOut('everything', () => this.#lookAtAll());
        break;
      case 'role_changed':
        void this.#carryOut(`role ${announcement.role}`, () => this.#tellHolders(announcement.role, asker));
        break;
      // Only the session cache remembers it.
      case 'session_changed':
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

  /** The same to everybody here who holds a role: what it permits is something else now. */
  async #tellHolders(role: string, asker: Asker | null): Promise<void> {
    const { store, live, clock } = this.#parts;
    const told = new Set<string>();
    let began = performance.now();
    for (const { account_id, session_id } of live.signedIn()) {
      if (performance.now() - began > SLICE_MS) {
        await nextTurn();
        began = performance.now();
      }
      // Nearly always in memory: only who holds the role is asked the database for.
      const session = told.has(account_id) ? null : await store.sessions.byId(session_id, clock.now());
      if (session?.holding.roles.includes(role) !== true) continue;
      told.add(account_id);
      await this.#tellAccount(account_id, asker);
    }
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

  /** Says it once, however often it is tried: that the database is away, or another reason. */
  #failed(error: unknown): void {
    const { clock, log } = this.#parts;
    this.#trouble ??= { since: clock.passed(), said: new Set() };
    const { said } = this.#trouble;
    const away = error instanceof StorageUnavailableError;
    const known = away ? AWAY : String(error);
    if (said.has(known) || said.size >= REASONS_MAX) return;
    said.add(known);
    if (away)
      log.error(
        { reason: error.message },
        'the database can not be asked; requests are refused until it can',
      );
    else log.error({ reason: known }, 'what was announced could not be carried out; it is tried again');
  }
}
