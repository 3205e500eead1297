/** Keeps one valid setup code around as long as the server has no administrator. */
import { removeSetupCode, writeSetupCode } from '../data_folder/index.js';
import { tokenHash } from '../crypto/index.js';
import type { Clock, Log, Random } from '../runtime/index.js';
import type { Store } from '../store/index.js';

/** Long enough to read it off the console, short enough that a screenshot of it is worthless tomorrow. */
const SETUP_CODE_LIFE_MS = 30 * 60_000;

export class SetupCode {
  readonly #store: Store;
  readonly #folder: string;
  readonly #clock: Clock;
  readonly #random: Random;
  readonly #log: Log;
  #timer: NodeJS.Timeout | null = null;

  constructor(parts: { store: Store; folder: string; clock: Clock; random: Random; log: Log }) {
    this.#store = parts.store;
    this.#folder = parts.folder;
    this.#clock = parts.clock;
    this.#random = parts.random;
    this.#log = parts.log;
  }

  /** Makes a new code when it is needed, and again each time it runs out. Returns the code, or null. */
  async renew(): Promise<string | null> {
    const code = this.#random.token('pca');
    const at = this.#clock.now();
    const expires_at = at + SETUP_CODE_LIFE_MS;
    const needed = await this.#store.run('replace_setup_code', {
      at,
      code_hash: tokenHash(code),
      expires_at,
    });
    if (!needed) {
      this.stop();
      removeSetupCode(this.#folder);
      return null;
    }
    writeSetupCode(this.#folder, code);
    this.#timer = setTimeout(() => {
      this.renew().catch((error: unknown) => this.#log.error({ reason: String(error) }, 'no new setup code'));
    }, SETUP_CODE_LIFE_MS);
    this.#timer.unref();
    return code;
  }

  /** The code was used: there is an administrator now. */
  claimed(): void {
    this.stop();
    removeSetupCode(this.#folder);
    this.#log.info({}, 'the first administrator has registered; the setup code is used up');
  }

  stop(): void {
    if (this.#timer !== null) clearTimeout(this.#timer);
  }
}
