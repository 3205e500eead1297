/** The only place where the concrete parts of the server meet. */
import { availableParallelism } from 'node:os';
import { leaveConnectionString, reachableHost, tlsIdentity } from './channel/index.js';
import type { Config } from './config.js';
import { AccessTokens, PageCursors, PasswordHasher, RefreshSuccessors } from './crypto/index.js';
import {
  localClientKey,
  prepareDataFolder,
  removeServerFile,
  serverSecret,
  signingKey,
  writeServerFile,
  type ClientKey,
} from './data_folder/index.js';
import { Dispatcher } from './dispatch/index.js';
import { Metrics, type Stats } from './metrics/index.js';
import { Listener, LiveSessions } from './net/index.js';
import {
  descriptorLimit,
  systemClock,
  systemRandom,
  type Clock,
  type Log,
  type Random,
} from './runtime/index.js';
import { Store } from './store/index.js';
import { LadderGuard, Throttle } from './throttle/index.js';
import { Announcer, Pruner, SetupCode, StoredClientKeys } from './upkeep/index.js';

const DAY_MS = 86_400_000;
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
  /** What clients pin when the server speaks TLS; null on plain TCP. */
  readonly pin: string | null;
  /** Takes another machine's UI here and holds the client key: never for the log. Null on plain TCP. */
  readonly connection_string: string | null;
  readonly client_key: ClientKey;
  /** The setup code of this start, or null when there is an administrator. */
  readonly setup_code: string | null;
  /** Lets connections go, finishes writing, closes the database. At most about five seconds. */
  close(): Promise<void>;
};

/** Starts a server. Throws DataFolderError, CertificateError, StoreOpenError, or Node's error of the listener. */
export async function startServer(config: Config, parts: Parts): Promise<RunningServer> {
  const { log, clock = systemClock, random = systemRandom } = parts;
  prepareDataFolder(config.data);
  const clientKey = localClientKey(config.data, random);
  const access_tokens = new AccessTokens({
    pem: signingKey(config.data),
    issuer: config.server_name,
    audience: 'portcullis',
  });
  const secret = serverSecret(config.data, random);
  const refresh_successors = new RefreshSuccessors(secret);
  const page_cursors = new PageCursors(secret);
  const tls = await tlsIdentity(config, clock.now(), log);
  const store = await Store.open(config.data, parts.writer_script, clock.now());
  if (store.migration !== null)
    log.info(store.migration, 'the database was brought up to date, after a backup');
  try {
    const setup = new SetupCode({ store, folder: config.data, clock, random, log });
    const setup_code = await setup.renew();
    // One core is left for everything else; a slot holds 128 MiB while it hashes.
    const slots = Math.max(1, availableParallelism() - 1);
    const hasher = new PasswordHasher({ slots, queueMax: config.hash_queue, logN: config.password_cost });
    const live = new LiveSessions();
    const keys = new StoredClientKeys({ store, local: clientKey, live, clock, log });
    const announcer = new Announcer({ store, live, keys, setup, clock, log });
    const metrics = new Metrics();
    const stats = (): Stats =>
      metrics.read({
        hashing: () => hasher.load,
        connections: () => ({ open: listener.size, signed_in: live.size }),
        group_commit: () => store.commits,
        cached_sessions: () => store.sessions.size,
      });
    const dispatcher = new Dispatcher(
      {
        metrics,
        stats,
        store,
        hasher,
        guesses: new LadderGuard({ store, clock, enabled: config.throttle === 'on' }),
        access_tokens,
        refresh_successors,
        page_cursors,
        clock,
        random,
        throttle: new Throttle(config.throttle === 'on'),
        settings: {
          server_name: config.server_name,
          server_version: parts.version,
          registration_open: config.registration === 'open',
          password_length_min: config.password_length_min,
          sessions_max: config.sessions_max,
          auto_register: config.auto_register === 'on',
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
      tls,
      server_name: config.server_name,
      connections_max: Math.max(16, descriptorLimit() - DESCRIPTORS_KEPT),
      connections_per_address_before_sign_in_max: config.connections_per_address,
      keys,
      dispatcher,
      live,
      clock,
      random,
      log,
    });
    const { address, port } = await listener.listen();
    let connection_string: string | null;
    try {
      connection_string = leaveConnectionString(config, { host: address, port }, clientKey, tls);
      writeServerFile(config.data, {
        host: address,
        reachable_host: reachableHost(address),
        port,
        pid: process.pid,
        pin: tls?.pin ?? null,
      });
    } catch (error) {
      await listener.close();
      throw error;
    }
    announcer.start();
    const { sign_in_history_days } = config;
    const pruner = new Pruner({ store, sign_in_history_days, clock, log });
    // Ready first: the hash for unknown names takes a quarter of a second that nobody should wait for.
    hasher.warmUp().catch((error: unknown) => log.error({ reason: String(error) }, 'hashing does not work'));
    return {
      host: address,
      port,
      pin: tls?.pin ?? null,
      connection_string,
      client_key: clientKey,
      setup_code,
      close: async () => {
        pruner.stop();
        metrics.stop();
        setup.stop();
        announcer.stop();
        removeServerFile(config.data, process.pid);
        await listener.close();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
