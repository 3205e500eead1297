/**
 * What acknowledged writes survive on PostgreSQL: the server killed, the database stopped, killed and cut off, its disk full;
 * and a server that was stopped while a session was revoked. Each on a cluster of its own that waits for its disk.
 */
import { chownSync, closeSync, mkdirSync, mkdtempSync, openSync, rmSync, writeSync } from 'node:fs';
import { spawnSync } from 'node:child_process';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as sleep } from 'node:timers/promises';
import pg from 'pg';
import { describe, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/index.js';
import { Store } from '../../src/server/store/index.js';
import { BuiltServer } from '../support/built_server.js';
import { longOrShort, printFigures, printSkipped, seededRandom, until } from '../support/drill.js';
import { postgresAvailable } from '../support/fresh_database.js';
import { startPostgres, type PostgresCluster, type PostgresOptions } from '../support/postgres.js';
import { findPostgres } from '../support/postgres_binaries.js';
import { PASSWORD, RawPeer, registered, type Reachable, type SignedIn } from '../support/raw_peer.js';
import { addressOf, temporaryFolder } from '../support/server.js';

const CLIENTS = longOrShort(8, 5);
/** So many acknowledged writes show that work goes on. */
const ENOUGH = longOrShort(60, 12);
/** How long a client waits for an answer before it gives up, as `src/client` does. */
const REQUEST_MS = 20_000;
const SEED = Date.now() >>> 0;
const random = seededRandom(SEED);

/** A cluster with a database and a data folder; the server on it may be started more than once. */
class World implements AsyncDisposable {
  readonly cluster: PostgresCluster;
  readonly url: string;
  readonly data = temporaryFolder();
  private constructor(cluster: PostgresCluster, url: string) {
    this.cluster = cluster;
    this.url = url;
  }

  /** `prepare`: makes the database, where it has to be somewhere in particular. */
  static async make(
    options: PostgresOptions = {},
    prepare = (cluster: PostgresCluster): Promise<string> => cluster.createDatabase('auth'),
  ): Promise<World> {
    const cluster = await startPostgres({ fsync: true, ...options });
    try {
      return new World(cluster, await prepare(cluster));
    } catch (error) {
      await cluster[Symbol.asyncDispose]();
      throw error;
    }
  }

  server(): BuiltServer {
    const flags =
      '--port 0 --password-cost 15 --throttle off --connections-per-address 500 --hash-queue 200 --sessions-max 500';
    const env = Object.fromEntries(Object.entries(process.env).filter(([name]) => !name.startsWith('AUTH_')));
    return new BuiltServer([...flags.split(' '), '--data', this.data], {
      env: { ...env, AUTH_DATABASE: this.url },
    });
  }

  /** Asks past the server. */
  async rows<R extends pg.QueryResultRow>(sql: string, ...values: unknown[]): Promise<R[]> {
    const client = new pg.Client({ connectionString: this.cluster.superuserUrl('auth') });
    client.on('error', () => undefined);
    await client.connect();
    try {
      return (await client.query<R>(sql, values)).rows;
    } finally {
      await client.end();
    }
  }

  async [Symbol.asyncDispose](): Promise<void> {
    await this.cluster[Symbol.asyncDispose]();
    rmSync(this.data, { recursive: true, force: true });
  }
}

const WRITES = ['account_registered', 'password_changed', 'tokens_refreshed'] as const;
type Write = (typeof WRITES)[number];

/** What a client knows of one account. */
type Known = {
  readonly name: string;
  password: string;
  refresh_token: string;
  /** Answered with success. */
  readonly done: Write[];
  /** Neither done nor refused, as far as was heard; the last thing that was asked for. */
  doubt: Write | null;
};

/** Many people who register, change their passwords and refresh, and what they were told. */
class Crowd {
  readonly all: Known[] = [];
  readonly told = {
    done: 0,
    storage_unavailable: 0,
    'storage_unavailable at the door': 0,
    outcome_unknown: 0,
    unanswered: 0,
  };
  slowest_ms = 0;
  /** Answers that there should not have been, and connections that were closed. */
  readonly wrong: string[] = [];
  readonly closed: string[] = [];
  #stopping = false;
  #working: Promise<unknown> = Promise.resolve();

  start(server: Reachable, prefix: string): void {
    this.#stopping = false;
    this.#working = Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (let n = 0; !this.#stopping; n += 1) {
          try {
            await this.#life(server, `${prefix}.c${client}.${n}`);
          } catch (error) {
            this.closed.push(String(error));
            await sleep(20);
          }
        }
      }),
    );
  }

  async stop(): Promise<void> {
    this.#stopping = true;
    await this.#working;
  }

  async #life(server: Reachable, name: string): Promise<void> {
    const known: Known = { name, password: PASSWORD, refresh_token: '', done: [], doubt: null };
    await using peer = await RawPeer.open(server);
    const welcome = await peer.handshake(server.address.key);
    if (welcome['response'] !== 200) {
      if (welcome['code'] !== 'storage_unavailable')
        throw new Error(`no welcome: ${JSON.stringify(welcome)}`);
      this.told['storage_unavailable at the door'] += 1;
      await sleep(100 + random() * 100);
      return;
    }
    this.all.push(known);
    const user = { account_name: name, password: PASSWORD };
    const first = await this.#until(peer, known, 'account_registered', 'register', { user });
    if (first === null) return;
    known.refresh_token = String(first['refresh_token']);
    for (let n = 0; n < 4 && !this.#stopping; n += 1) {
      if (random() < 0.3) {
        const next = `another long one ${n} of ${name}`;
        const params = { current_password: known.password, new_password: next };
        if ((await this.#until(peer, known, 'password_changed', 'change_password', params)) === null) return;
        known.password = next;
      } else {
        const { refresh_token } = known;
        const result = await this.#until(peer, known, 'tokens_refreshed', 'refresh', { refresh_token });
        if (result === null) return;
        known.refresh_token = String(result['refresh_token']);
      }
    }
  }

  /** Asks until it is done: what was refused as not done may be asked for again. Null when nobody knows, or it is time to go. */
  async #until(
    peer: RawPeer,
    known: Known,
    write: Write,
    action: string,
    params: object,
  ): Promise<JsonObject | null> {
    while (!this.#stopping || known.done.length === 0) {
      const reply = await this.#ask(peer, known, write, action, params);
      if (reply?.['code'] === 'storage_unavailable') {
        known.doubt = null;
        this.told.storage_unavailable += 1;
        if (this.#stopping) return null;
        await sleep(100 + random() * 100);
        // Somebody else registers: this one must not be there, now or later.
        if (write === 'account_registered') return null;
        continue;
      }
      if (reply?.['code'] === 'outcome_unknown') {
        this.told.outcome_unknown += 1;
        return null;
      }
      if (reply === null) return null;
      if (typeof reply['response'] !== 'number' || reply['response'] >= 300) {
        this.wrong.push(`${known.name} ${action}: ${JSON.stringify(reply)}`);
        return null;
      }
      known.doubt = null;
      known.done.push(write);
      this.told.done += 1;
      return reply['result'] as JsonObject;
    }
    return null;
  }

  async #ask(
    peer: RawPeer,
    known: Known,
    write: Write,
    action: string,
    params: object,
  ): Promise<JsonObject | null> {
    known.doubt = write;
    const begun = performance.now();
    const late = new AbortController();
    try {
      const asked = peer.ask(action, params);
      const waited = sleep(REQUEST_MS, null, { signal: late.signal });
      waited.catch(() => undefined);
      const reply = await Promise.race([asked, waited]);
      if (reply === null) {
        asked.catch(() => undefined);
        this.wrong.push(`${known.name} ${action}: no answer within ${REQUEST_MS} ms`);
      }
      this.slowest_ms = Math.max(this.slowest_ms, performance.now() - begun);
      return reply;
    } catch (error) {
      this.told.unanswered += 1;
      throw error;
    } finally {
      late.abort();
    }
  }

  /**
   * Compares what people were told with what there is. The audit row of a write is part of its transaction, so there is
   * one for each that was acknowledged, one or none for what nobody knows, and none for what was refused.
   */
  async losses(world: World): Promise<string[]> {
    const rows = await world.rows<{ name: string; event: string; count: string }>(
      `SELECT a.account_name AS name, e.event, count(*) AS count
       FROM accounts a JOIN audit_events e ON e.target_id = a.account_id GROUP BY 1, 2`,
    );
    const counts = new Map(rows.map(({ name, event, count }) => [`${name} ${event}`, Number(count)]));
    const lost: string[] = [];
    for (const { name, done, doubt } of this.all) {
      for (const write of WRITES) {
        const acknowledged = done.filter((one) => one === write).length;
        const most = acknowledged + (doubt === write ? 1 : 0);
        const found = counts.get(`${name} ${write}`) ?? 0;
        if (found < acknowledged || found > most)
          lost.push(`${name}: ${write} ${found}, not ${acknowledged}..${most}`);
      }
    }
    // Whole or not at all, also of those whose answer nobody got.
    const halves = await world.rows<{ account_name: string }>(
      `SELECT account_name FROM accounts a
       WHERE NOT EXISTS (SELECT 1 FROM sessions s WHERE s.account_id = a.account_id)
          OR NOT EXISTS (SELECT 1 FROM sign_ins i WHERE i.account_id = a.account_id)
          OR 1 <> (SELECT count(*) FROM audit_events e
                   WHERE e.target_id = a.account_id AND e.event = 'account_registered')`,
    );
    return [...lost, ...halves.map(({ account_name }) => `${account_name}: a half of it`)];
  }

  /** Through the front door: everybody of whom nothing is in doubt signs in and refreshes. Returns how many did. */
  async signIn(server: Reachable, since = 0): Promise<number> {
    const sure = this.all.slice(since).filter(({ done, doubt }) => done.length > 0 && doubt === null);
    await Promise.all(
      Array.from({ length: CLIENTS }, async (_, client) => {
        for (const known of sure.filter((__, at) => at % CLIENTS === client)) {
          await using peer = await RawPeer.handshaken(server);
          const user = { account_name: known.name, password: known.password };
          await peer.call('authenticate', { user });
          const next = await peer.call('refresh', { refresh_token: known.refresh_token });
          known.refresh_token = next.refresh_token;
          known.done.push('tokens_refreshed');
        }
      }),
    );
    return sure.length;
  }
}

/** A file system of its own that can be filled up. */
class SmallDisk implements AsyncDisposable {
  /** Empty, and PostgreSQL's. */
  readonly folder: string;
  readonly #place: string;

  private constructor(place: string) {
    this.#place = place;
    this.folder = join(place, 'files');
    mkdirSync(this.folder);
    const looked = findPostgres();
    const { uid, gid } = 'found' in looked ? looked.found.as : {};
    if (uid !== undefined && gid !== undefined) chownSync(this.folder, uid, gid);
  }

  /** Null where nobody may make one. */
  static make(): SmallDisk | null {
    const place = mkdtempSync(join(tmpdir(), 'portcullis-disk-'));
    const { status } = spawnSync('mount', ['-t', 'tmpfs', '-o', 'size=32m', 'none', place]);
    if (status === 0) return new SmallDisk(place);
    rmSync(place, { recursive: true });
    return null;
  }

  get #ballast(): string {
    return join(this.#place, 'ballast');
  }

  /** Leaves no room in it. */
  fill(): void {
    const file = openSync(this.#ballast, 'a');
    for (const size of [65_536, 4_096]) {
      try {
        for (;;) writeSync(file, Buffer.alloc(size));
      } catch {
        // This size doesn't fit any more.
      }
    }
    closeSync(file);
  }

  free(): void {
    rmSync(this.#ballast);
  }

  [Symbol.asyncDispose](): Promise<void> {
    spawnSync('umount', ['-l', this.#place]);
    rmSync(this.#place, { recursive: true, force: true });
    return Promise.resolve();
  }
}

/** Asks everything that needs no write. */
async function readsGoOn(server: Reachable, anna: SignedIn): Promise<void> {
  const { account } = await anna.peer.call('whoami');
  expect(account.account_id).toBe(anna.account_id);
  await anna.peer.call('login_history');
  await anna.peer.call('list_sessions');
  await using service = await RawPeer.handshaken(server);
  expect(await service.call('verify_token', { token: anna.session_token })).toMatchObject({ active: true });
}

const stayedUp = (program: BuiltServer): void =>
  expect(program.child.exitCode ?? program.child.signalCode, program.stderr.slice(-2_000)).toBeNull();

// Six clusters, each stopped, killed or filled: minutes. What they are about is shown in process by postgres_outcomes.test.ts.
describe.runIf(longOrShort(true, false) && postgresAvailable())('on PostgreSQL', () => {
  const KILLS = longOrShort(30, 3);
  test(`kill -9 of the server while many write, ${KILLS} times: nothing acknowledged is lost`, async () => {
    await using world = await World.make();
    const crowd = new Crowd();
    const lost: string[] = [];
    let signed_in = 0;
    for (let kill = 0, since = 0; kill <= KILLS; kill += 1) {
      await using program = world.server();
      const server = await program.ready();
      lost.push(...(await crowd.losses(world)));
      signed_in += await crowd.signIn(server, since);
      since = crowd.all.length;
      if (kill === KILLS) break;
      const enough = crowd.told.done + 5 + random() * longOrShort(150, 40);
      crowd.start(server, `k${kill}`);
      await until('work is acknowledged', () => crowd.told.done >= enough, 120_000);
      await sleep(random() * 100);
      program.child.kill('SIGKILL');
      expect(await program.exited).toBe('SIGKILL');
      await crowd.stop();
    }
    lost.push(...(await crowd.losses(world)));
    const { done: acknowledged, unanswered } = crowd.told;
    const counts = { kills: KILLS, acknowledged, lost: lost.length };
    printFigures(
      'postgres, kill -9 of the server',
      { ...counts, unanswered, 'signed in and refreshed after it': signed_in, seed: SEED },
      counts,
    );
    expect(crowd.wrong).toEqual([]);
    expect(lost).toEqual([]);
  });

  const AWAY_MS = longOrShort(10_000, 3_000);
  const away = async (cluster: PostgresCluster): Promise<void> => {
    await sleep(AWAY_MS);
    await cluster.start();
  };
  const cutOff = async (cluster: PostgresCluster): Promise<void> => {
    for (let n = 0; n < longOrShort(60, 20); n += 1) {
      await cluster.asSuperuser(
        `SELECT pg_terminate_backend(pid) FROM pg_stat_activity
         WHERE backend_type = 'client backend' AND pid <> pg_backend_pid()`,
      );
      await sleep(random() * 100);
    }
  };
  const FAULTS: Readonly<Record<string, (cluster: PostgresCluster) => Promise<void>>> = {
    'stopped and started again': (cluster) => cluster.stop().then(() => away(cluster)),
    'killed and started again': (cluster) => cluster.kill().then(() => away(cluster)),
    'all connections terminated, again and again': cutOff,
  };
  test.each(Object.entries(FAULTS))(
    'PostgreSQL %s: answers in time, and all goes on',
    async (fault, make) => {
      const rounds = longOrShort(3, 1);
      await using world = await World.make();
      await using program = world.server();
      const server = await program.ready();
      await using anna = await registered(server, 'anna');
      const crowd = new Crowd();
      crowd.start(server, 'p');
      for (let round = 0; round < rounds; round += 1) {
        const before = crowd.told.done;
        await until('work is acknowledged', () => crowd.told.done >= before + ENOUGH, 120_000);
        await make(world.cluster);
        const then = crowd.told.done;
        await until('work goes on', () => crowd.told.done >= then + ENOUGH, 120_000);
        stayedUp(program);
      }
      await crowd.stop();
      // Whoever had nothing to do with it is still signed in, on the same connection.
      expect((await anna.peer.call('whoami')).account.account_id).toBe(anna.account_id);
      await using service = await RawPeer.handshaken(server);
      expect(await service.call('verify_token', { token: anna.session_token })).toMatchObject({
        active: true,
      });
      const lost = await crowd.losses(world);
      const signed_in = await crowd.signIn(server);
      stayedUp(program);
      const { done: acknowledged, ...told } = crowd.told;
      const counts = { acknowledged, lost: lost.length, tried: rounds, recovered: rounds };
      const figures = { ...counts, ...told, closed: crowd.closed.length, 'signed in after it': signed_in };
      printFigures(
        `postgres, ${fault}`,
        { ...figures, 'slowest answer, ms': Math.round(crowd.slowest_ms), seed: SEED },
        counts,
      );
      expect(crowd.wrong).toEqual([]);
      expect(crowd.closed).toEqual([]);
      expect(lost).toEqual([]);
    },
  );

  type Small = {
    /** Makes the world with what is to be on the small file system in its folder. */
    readonly make: (folder: string) => Promise<World>;
    /** Uses up what it has got already. */
    readonly useUp: (world: World) => Promise<unknown>;
  };
  const SMALL: Readonly<Record<string, Small>> = {
    'the disk of its tables': {
      make: (folder) =>
        World.make({}, async (cluster) => {
          await cluster.asSuperuser(
            `CREATE TABLESPACE small LOCATION '${folder}'`,
            'CREATE DATABASE auth OWNER portcullis TABLESPACE small',
          );
          return cluster.url('auth');
        }),
      useUp: () => Promise.resolve(),
    },
    // It gives itself up when it can't write its log, and has to be started again.
    'the disk of its log': {
      make: (folder) => World.make({ log_folder: folder, settings: { min_wal_size: '2MB' } }),
      useUp: (world) =>
        world
          .rows(
            "SELECT pg_logical_emit_message(false, 'drill', repeat('x', 900000)) FROM generate_series(1, 40)",
          )
          .catch(() => undefined),
    },
  };
  test.each(Object.entries(SMALL))(
    '%s is full: writes are refused, and all goes on when there is space',
    async (what, { make, useUp }) => {
      await using disk = SmallDisk.make();
      if (disk === null) {
        printSkipped(`postgres, ${what} full`, 'mounting a tmpfs is not allowed here');
        return;
      }
      await using world = await make(disk.folder);
      await using program = world.server();
      const server = await program.ready();
      await using anna = await registered(server, 'anna');
      const crowd = new Crowd();
      const rounds = longOrShort(10, 1);
      const { told } = crowd;
      const refusals = (): number => told.storage_unavailable + told['storage_unavailable at the door'];
      let refused = 0;
      let ended = 0;
      for (let round = 0; round < rounds; round += 1) {
        crowd.start(server, `d${round}`);
        const before = refusals();
        disk.fill();
        await useUp(world);
        await until('it is refused', () => (disk.fill(), refusals() >= before + 2 * CLIENTS), 60_000);
        if (world.cluster.isRunning) await readsGoOn(server, anna);
        else ended += 1;
        refused += refusals() - before;
        disk.free();
        if (!world.cluster.isRunning) await world.cluster.start();
        const then = told.done;
        await until('writing goes on', () => told.done >= then + ENOUGH, 120_000);
        await crowd.stop();
        stayedUp(program);
      }
      const lost = await crowd.losses(world);
      const signed_in = await crowd.signIn(server);
      const counts = { acknowledged: told.done, lost: lost.length, tried: rounds, recovered: rounds };
      printFigures(
        `postgres, ${what} full`,
        { ...counts, refused, 'ended by it': ended, 'signed in after it': signed_in, seed: SEED },
        counts,
      );
      expect(crowd.wrong).toEqual([]);
      expect(crowd.closed).toEqual([]);
      expect(lost).toEqual([]);
    },
  );

  const STOPS = longOrShort(6, 5);
  test(`a server that stood still while a session was revoked refuses it at once, ${STOPS} times`, async () => {
    await using world = await World.make();
    await using program = world.server();
    const server = await program.ready();
    const host = await Store.besidePostgres(addressOf(world.url));
    const first = new Map<string, number>();
    try {
      for (let round = 0; round < STOPS; round += 1) {
        await using anna = await registered(server, `anna.${round}`);
        await using service = await RawPeer.handshaken(server);
        const { account_id, session_token: token } = anna;
        expect(await service.call('verify_token', { token })).toMatchObject({ active: true });
        expect(await service.call('verify_token', { token })).toMatchObject({ active: true });
        program.child.kill('SIGSTOP');
        const stopped_ms = longOrShort(10_000, round === 0 ? 3_000 : 1_500);
        // Just before it goes on, or long before that.
        const late = round % 2 === 1;
        if (late) await sleep(stopped_ms);
        const who = { at: Date.now(), actor: { kind: 'host' }, address: 'console' } as const;
        if (round % 3 === 2) await host.run('suspend_account', { who, account_id, reason: null });
        else await host.run('end_all_sessions', { who, account_id, keep_session_id: null });
        service.send({ action: 'verify_token', id: 'first', time: 0, token });
        anna.peer.send({ action: 'get_profile', id: 'own', time: 0 });
        if (!late) await sleep(stopped_ms);
        program.child.kill('SIGCONT');
        const told = await service.take();
        expect(told).toMatchObject({ id: 'first' });
        const active = (told?.['result'] as JsonObject | undefined)?.['active'];
        const code = told?.['code'];
        const said = typeof code === 'string' ? code : `active: ${String(active)}`;
        expect(['active: false', 'storage_unavailable', 'session_invalid']).toContain(said);
        first.set(said, (first.get(said) ?? 0) + 1);
        // On its own connection nothing is answered as before, either.
        const own = (await anna.peer.take()) ?? { event: 'closed' };
        expect(own['result'], JSON.stringify(own)).toBeUndefined();
        const what = `own connection: ${String(own['code'] ?? own['event'])}`;
        first.set(what, (first.get(what) ?? 0) + 1);
        await until('it is known', async () => {
          const reply = await service.ask('verify_token', { token });
          return (reply['result'] as JsonObject | undefined)?.['active'] === false;
        });
        stayedUp(program);
      }
    } finally {
      await host.close();
    }
    printFigures(
      'postgres, stood still',
      { stops: STOPS, 'first answers': [...first].map(([said, times]) => `${said} ${times}`).join('; ') },
      { tried: STOPS, recovered: STOPS },
    );
  });
});
