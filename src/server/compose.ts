/** The only place where the concrete parts of the server meet. */
import { availableParallelism } from 'node:os';
import { leaveConnectionString, reachableHost, tlsIdentity } from './channel/index.js';
import type { Config } from './config.js';
import {
  ACCESS_TOKEN_MINUTES,
  AccessTokens,
  LONG_ACCESS_TOKENS,
  PageCursors,
  PasswordHasher,
  RefreshSuccessors,
} from './crypto/index.js';
import {
  hasKeys,
  keptKeys,
  localClientKey,
  prepareDataFolder,
  removeServerFile,
  replaceableIn,
  writeServerFile,
  type ClientKey,
} from './data_folder/index.js';
import { openKeyRing } from './key_ring/index.js';
import { Dispatcher } from './dispatch/index.js';
import { Metrics, type Stats } from './metrics/index.js';
import { FanOut, Listener, LiveSessions, type AddressOf } from './net/index.js';
import {
  descriptorLimit,
  systemClock,
  systemRandom,
  type Clock,
  type Log,
  type Random,
} from './runtime/index.js';
import { describeAddress, Store, type WriterThreads } from './store/index.js';
import { LadderGuard, RepeatedRefusals, Throttle } from './throttle/index.js';
import { Announcer, Pruner, SetupCode, StoredClientKeys } from './upkeep/index.js';

const DAY_MS = 86_400_000;
/** Descriptors for everything that isn't a connection: files, the database, the log. */
const DESCRIPTORS_KEPT = 64;
/** So many connections are tried in any case: the system says when there are no descriptors left. */
const CONNECTIONS_MIN = 16;

export type Parts = {
  readonly version: string;
  readonly log: Log;
  readonly writer_threads: WriterThreads;
  readonly clock?: Clock;
  readonly random?: Random;
  /** For tests, which have no addresses but loopback's and all of those are one: the socket's own unless told. */
  readonly addressOf?: AddressOf;
  /** Aborted by whoever wants the server to stop before it listens; `startServer` then rejects with its reason. */
  readonly stopping?: AbortSignal;
};

const ownAddress: AddressOf = (socket) => socket.remoteAddress;

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

/**
 * Starts a server. Throws DataFolderError, CertificateError, StoreOpenError, Node's error of the listener, or the reason of
 * `stopping`; nothing is left running then.
 */
export async function startServer(config: Config, parts: Parts): Promise<RunningServer> {
  const { log, clock = systemClock, random = systemRandom, addressOf = ownAddress } = parts;
  const goOn = (): void => parts.stopping?.throwIfAborted();
  goOn();
  for (const repaired of prepareDataFolder(config.data))
    log.warn(repaired, 'others on this machine could get at this until now; it is for its owner alone again');
  const replaceable = replaceableIn(config.data);
  if (replaceable !== null)
    log.warn(
      { folder: replaceable },
      'others can rename things in this folder, and so replace the data folder',
    );
  const kept = keptKeys(config.data);
  // The database first: keys that lie there without one say that it is gone.
  const store =
    config.database.kind === 'sqlite'
      ? await Store.open(config.data, parts.writer_threads, clock.now(), { expected: hasKeys(kept) })
      : await Store.openPostgres(config.database.address, parts.writer_threads, clock);
  if (config.database.kind === 'postgres')
    log.info(describeAddress(config.database.address), 'accounts are kept in a PostgreSQL');
  if (store.migration !== null)
    log.info(store.migration, 'the database was brought up to date, after a backup');
  try {
    goOn();
    const clientKey = localClientKey(config.data, kept, random);
    const { former } = kept;
    const server_keys = await openKeyRing({ store, folder: config.data, former, clock, random, log });
    goOn();
    const access_tokens = new AccessTokens({
      pkcs8: server_keys.access_tokens,
      issuer: config.server_name,
      audience: 'portcullis',
      minutes: config.access_token_minutes,
    });
    if (config.access_token_minutes > ACCESS_TOKEN_MINUTES)
      log.warn({ access_token_minutes: config.access_token_minutes }, LONG_ACCESS_TOKENS);
    const refresh_successors = new RefreshSuccessors(server_keys.refresh_successors);
    const page_cursors = new PageCursors(server_keys.page_cursors);
    const tls = await tlsIdentity(config, clock.now(), log);
    goOn();
    const setup = new SetupCode({ store, folder: config.data, clock, random, log });
    const setup_code = await setup.renew();
    // One core is left for everything else; a slot holds 128 MiB while it hashes.
    const slots = Math.max(1, availableParallelism() - 1);
    const hasher = new PasswordHasher({ slots, queueMax: config.hash_queue, logN: config.password_cost });
    const fan_out = new FanOut();
    const live = new LiveSessions(clock, fan_out);
    const keys = new StoredClientKeys({ store, local: clientKey, live, clock, log });
    const announcer = new Announcer({ store, live, keys, setup, clock, log });
    const refusals = new RepeatedRefusals({ store, clock, log });
    const metrics = new Metrics();
    const stats = (): Stats =>
      metrics.read({
        hashing: () => hasher.load,
        connections: () => ({ open: listener.size, signed_in: live.size }),
        group_commit: () => store.commits,
        database: () => store.load,
        cached_sessions: () => store.sessions.size,
      });
    const dispatcher = new Dispatcher(
      {
        metrics,
        stats,
        store,
        hasher,
        refusals,
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
      places: {
        all: Math.min(
          config.connections_max,
          Math.max(CONNECTIONS_MIN, descriptorLimit() - DESCRIPTORS_KEPT),
        ),
        session: config.signed_in_per_session,
        account: config.signed_in_per_account,
        address: config.signed_in_per_address,
        strangers_of_address: config.connections_per_address,
      },
      keys,
      dispatcher,
      live,
      fan_out,
      clock,
      random,
      log,
      addressOf,
    });
    goOn();
    const { address, port } = await listener.listen();
    let connection_string: string | null;
    try {
      goOn();
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
        await refusals.stop();
        await store.close();
      },
    };
  } catch (error) {
    await store.close();
    throw error;
  }
}
