/** The only place where the concrete parts of the server meet. */
import { readFileSync } from 'node:fs';
import { availableParallelism } from 'node:os';
import type { Config } from './config.js';
import { PasswordHasher } from './crypto/index.js';
import { localClientKey, prepareDataFolder, type ClientKey } from './data_folder/index.js';
import { Dispatcher, Throttle } from './dispatch/index.js';
import { Listener, LiveSessions } from './net/index.js';
import { systemClock, systemRandom, type Clock, type Log, type Random } from './runtime/index.js';
import { SetupCode } from './setup_code.js';
import { Store } from './store/index.js';

const DAY_MS = 86_400_000;
const PRUNE_EVERY_MS = 3_600_000;
/** Ended sessions are kept for the owner's and the administrators' questions about last month. */
const ENDED_SESSION_DAYS = 90;
/** Descriptors for everything that isn't a connection: files, the database, the log. */
const DESCRIPTORS_KEPT = 64;

export type Parts = {
  readonly version: string;
  readonly log: Log;
  /** The built writer thread. */
  readonly writer_script: URL;
  readonly clock?: Clock;
  readonly random?: Random;
};

export type RunningServer = {
  readonly host: string;
  readonly port: number;
  readonly client_key: ClientKey;
  /** The setup code of this start, or null when there is an administrator. */
  readonly setup_code: string | null;
  /** Lets connections go, finishes writing, closes the database. At most about five seconds. */
  close(): Promise<void>;
};

/** How many files this process may open. Node doesn't say when it runs out while accepting, so the limit is ours. */
function descriptorLimit(): number {
  try {
    const soft = /Max open files\s+(\d+)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    return soft === undefined ? 1024 : Number(soft);
  } catch {
    return 1024;
  }
}

/** Starts a server. Throws DataFolderError, StoreOpenError, or Node's error of the listener. */
export async function startServer(config: Config, parts: Parts): Promise<RunningServer> {
  const { log, clock = systemClock, random = systemRandom } = parts;
  prepareDataFolder(config.data);
  const clientKey = localClientKey(config.data, random);
  const store = await Store.open(config.data, parts.writer_script, clock.now());
  try {
    const setup = new SetupCode({ store, folder: config.data, clock, random, log });
    const setup_code = await setup.renew();
    // One core is left for everything else; a slot holds 128 MiB while it hashes.
    const slots = Math.max(1, availableParallelism() - 1);
    const hasher = new PasswordHasher({ slots, queueMax: config.hash_queue, logN: config.password_cost });
    const live = new LiveSessions();
    const dispatcher = new Dispatcher(
      {
        store,
        hasher,
        clock,
        random,
        live,
        throttle: new Throttle(config.throttle === 'on'),
        onAdministratorClaimed: () => setup.claimed(),
        settings: {
          server_name: config.server_name,
          server_version: parts.version,
          registration_open: config.registration === 'open',
          password_length_min: config.password_length_min,
          session_life: {
            idle_ms: config.session_idle_days * DAY_MS,
            absolute_ms: config.session_days * DAY_MS,
          },
        },
      },
      log,
    );
    const listener = new Listener({
      host: config.host,
      port: config.port,
      server_name: config.server_name,
      connections_max: Math.max(16, descriptorLimit() - DESCRIPTORS_KEPT),
      connections_per_address_before_sign_in_max: config.connections_per_address,
      keys: { find: (keyId) => (keyId === clientKey.key_id ? clientKey.key : null) },
      dispatcher,
      live,
      clock,
      random,
      log,
    });
    const { address, port } = await listener.listen();
    const prune = async (): Promise<void> => {
      const at = clock.now();
      const ended_before = at - ENDED_SESSION_DAYS * DAY_MS;
      const sign_ins_before = at - config.sign_in_history_days * DAY_MS;
      while ((await store.run('prune', { at, ended_before, sign_ins_before })) >= 500);
    };
    const pruner = setInterval(() => {
      prune().catch((error: unknown) => log.error({ reason: String(error) }, 'cleaning up failed'));
    }, PRUNE_EVERY_MS);
    // Ready first: the hash for unknown names takes a quarter of a second that nobody should wait for.
    hasher.warmUp().catch((error: unknown) => log.error({ reason: String(error) }, 'hashing does not work'));
    return {
      host: address,
      port,
      client_key: clientKey,
      setup_code,
      close: async () => {
        clearInterval(pruner);
        setup.stop();
        await listener.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
