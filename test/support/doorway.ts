/**
 * A server without its sockets: requests come in from whatever address the test names, and go through the real steps, handlers
 * and store. The limits of an address and the time that they run by are left out: they would only slow down attackers.
 */
import { rmSync } from 'node:fs';
import { type ActionName, type JsonObject, type ResultOf } from '../../src/protocol/index.js';
import {
  AccessTokens,
  PageCursors,
  PasswordHasher,
  RefreshSuccessors,
} from '../../src/server/crypto/index.js';
import { keptKeys } from '../../src/server/data_folder/index.js';
import { Dispatcher, rowOf } from '../../src/server/dispatch/index.js';
import { openKeyRing } from '../../src/server/key_ring/index.js';
import { Metrics } from '../../src/server/metrics/index.js';
import { createLog, systemRandom } from '../../src/server/runtime/index.js';
import type { Store } from '../../src/server/store/index.js';
import { LadderGuard, RepeatedRefusals, Throttle } from '../../src/server/throttle/index.js';
import { DAY_MS, type FakeClock } from './fake_clock.js';
import { openStore, temporaryFolder } from './server.js';

/** log2 N of password hashes: these tests wait for rules and not for scrypt. */
const CHEAP_LOG_N = 5;

export class Doorway implements AsyncDisposable {
  readonly #folder: string;
  readonly #store: Store;
  readonly #dispatcher: Dispatcher;

  private constructor(folder: string, store: Store, dispatcher: Dispatcher) {
    this.#folder = folder;
    this.#store = store;
    this.#dispatcher = dispatcher;
  }

  static async open(clock: FakeClock): Promise<Doorway> {
    const folder = temporaryFolder();
    const store = await openStore(folder, clock);
    const log = createLog('error', 'json', { write: () => undefined });
    const { former } = keptKeys(folder);
    const keys = await openKeyRing({ store, folder, former, clock, random: systemRandom, log });
    const dispatcher = new Dispatcher(
      {
        metrics: new Metrics(),
        stats: () => {
          throw new Error('nobody counts here');
        },
        store,
        hasher: new PasswordHasher({ slots: 1, queueMax: 32, logN: CHEAP_LOG_N }),
        guesses: new LadderGuard({ store, clock, enabled: true }),
        access_tokens: new AccessTokens({
          pkcs8: keys.access_tokens,
          issuer: 'test',
          audience: 'portcullis',
          minutes: 15,
        }),
        refresh_successors: new RefreshSuccessors(keys.refresh_successors),
        page_cursors: new PageCursors(keys.page_cursors),
        refusals: new RepeatedRefusals({ store, clock, log }),
        clock,
        random: systemRandom,
        throttle: new Throttle(false),
        settings: {
          server_name: 'test',
          server_version: '0.0.0-test',
          registration_open: true,
          password_length_min: 8,
          sessions_max: 10,
          auto_register: false,
          session_life: { idle_ms: 30 * DAY_MS, absolute_ms: 180 * DAY_MS },
        },
      },
      log,
    );
    return new Doorway(folder, store, dispatcher);
  }

  /** Sends a request from an address; gives the reply. */
  async ask(address: string, action: ActionName, params: object): Promise<JsonObject> {
    const peer = { address, key_id: 'local', secret_id: null, adopt: () => undefined, roomFor: () => null };
    const request = { action, id: '1', params: params as JsonObject };
    const { body } = await this.#dispatcher.answer(request, rowOf(action), peer, null);
    return JSON.parse(body) as JsonObject;
  }

  /** The same, and expects success. */
  async call<A extends ActionName>(address: string, action: A, params: object): Promise<ResultOf<A>> {
    const reply = await this.ask(address, action, params);
    if (reply['response'] !== 200 && reply['response'] !== 201) throw new Error(JSON.stringify(reply));
    // The steps have checked it against this very action's schema.
    return reply['result'] as ResultOf<A>;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.#store.close();
    rmSync(this.#folder, { recursive: true, force: true });
  }
}
