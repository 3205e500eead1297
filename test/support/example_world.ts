/** A server in which what the examples of the action table name can be made to exist, under those very ids and tokens. */
import { ACTIONS, LIMITS } from '../../src/protocol/index.js';
import { openBeside } from './database.js';
import { FakeClock } from './fake_clock.js';
import { PlannedRandom } from './planned_random.js';
import { administrator, RawPeer, registered, resumed, type SignedIn } from './raw_peer.js';
import { startServer, type TestServer } from './server.js';

const ANNA = ACTIONS.authenticate.example;
/** When the accounts of the examples were made, and when each example is carried out. */
const MADE_AT = ANNA.result.account.created_at;
const NOW = ACTIONS.probe.example.result.server_time_at;
const BORIS = ACTIONS.get_user.example.result.user;
const SESSION = ACTIONS.whoami.example.result.session.session_id;
const KEY = ACTIONS.rotate_client_key.example.params.key_id;

export class ExampleWorld implements AsyncDisposable {
  readonly server: TestServer;
  readonly random: PlannedRandom;
  readonly #clock: FakeClock;
  readonly #boss: SignedIn | null;
  readonly #open: AsyncDisposable[] = [];
  #people = 0;

  private constructor(server: TestServer, random: PlannedRandom, clock: FakeClock, boss: SignedIn | null) {
    this.server = server;
    this.random = random;
    this.#clock = clock;
    this.#boss = boss;
    this.#open.push(server);
    if (boss !== null) this.#open.push(boss);
  }

  /** `flags`: settings of the server by flag name. `claimed`: whether `boss.one` is its administrator already. */
  static async start(flags: Readonly<Record<string, string>> = {}, claimed = true): Promise<ExampleWorld> {
    const random = new PlannedRandom();
    const clock = new FakeClock(MADE_AT);
    const server = await startServer({ flags, random, clock });
    return new ExampleWorld(server, random, clock, claimed ? await administrator(server) : null);
  }

  /** From here on it is the moment at which the examples are carried out. No deadline comes nearer by it. */
  beginNow(): void {
    this.#clock.jump(NOW - this.#clock.now());
  }

  /** It is so much later, without any deadline coming nearer. */
  later(ms: number): void {
    this.#clock.jump(ms);
  }

  /** Another server, which ends with this one. */
  async other(flags: Readonly<Record<string, string>>, claimed = true): Promise<ExampleWorld> {
    return this.#keep(await ExampleWorld.start(flags, claimed));
  }

  /** The administrator's connection. */
  get boss(): RawPeer {
    if (this.#boss === null) throw new Error('nobody has claimed this server');
    return this.#boss.peer;
  }

  get boss_id(): string {
    return this.#boss?.account_id ?? '';
  }

  /** A new connection on which nobody is signed in. */
  async stranger(key = this.server.address.key, options: { from?: string } = {}): Promise<RawPeer> {
    return this.#keep(await RawPeer.handshaken(this.server, key, options));
  }

  /** Somebody whom no example names, signed in. The password is that of the examples. */
  async person(user: object = {}): Promise<SignedIn> {
    this.#people += 1;
    const { password } = ANNA.params.user;
    const name = `person.${this.#people}`;
    return this.#keep(await registered(this.server, name, {}, { password, ...user }));
  }

  /** The `anna` of the examples, signed in, with her session and its tokens: registered, changed, made an administrator. */
  async anna(session: 'of the examples' | 'another one' = 'of the examples'): Promise<SignedIn> {
    const { account } = ANNA.result;
    this.random.plan(account.account_id);
    if (session === 'of the examples') this.planSignIn();
    const { user, device } = ACTIONS.register.example.params;
    const anna = this.#keep(await registered(this.server, user.account_name, { device }, user));
    this.#clock.jump(account.updated_at - account.created_at);
    await anna.peer.call('update_profile', { changes: { locale: account.locale } });
    if (this.#boss !== null)
      await this.boss.call('assign_role', { account_id: account.account_id, role: 'admin' });
    return anna;
  }

  /** The session that the examples show is the next one to begin. */
  planSignIn(): void {
    this.random.plan(SESSION, ANNA.result.session_token, ANNA.result.refresh_token);
  }

  /** The `boris` whom administrators act on in the examples. */
  async boris(): Promise<SignedIn> {
    this.random.plan(BORIS.account_id);
    const { account_name, first_name, email } = BORIS;
    return this.#keep(await registered(this.server, account_name, {}, { first_name, email }));
  }

  /** The pending account of the examples and its one-time code. */
  async invitation(user: { readonly account_name: string }, code: string): Promise<string> {
    this.random.plan(code);
    return (await this.boss.call('create_user', { user })).user.account_id;
  }

  /** The client key of the examples. */
  async clientKey(): Promise<{ key_id: string; key: Buffer }> {
    this.random.plan(KEY);
    const { client_key, key } = await this.boss.call('create_client_key', { name: 'build machine' });
    return { key_id: client_key.key_id, key: Buffer.from(key, 'base64url') };
  }

  /** As many client keys as there may be. */
  fillClientKeys(): void {
    using db = openBeside(this.server.data_folder);
    const insert = db.prepare('INSERT INTO client_keys (key_id, name, created_at) VALUES (?, ?, ?)');
    db.transaction(() => {
      for (let n = 0; n < LIMITS.client_keys_max; n += 1)
        insert.run(`k_${String(n).padStart(20, '0')}`, 'filler', 0);
    })();
  }

  /** As many roles as there may be. */
  fillRoles(): void {
    using db = openBeside(this.server.data_folder);
    const insert = db.prepare('INSERT INTO roles (role, created_at, updated_at) VALUES (?, 0, 0)');
    db.transaction(() => {
      for (let n = 0; n < LIMITS.roles_max; n += 1) insert.run(`filler-${n}`);
    })();
  }

  /** One more connection of a session. */
  async again({ session_token }: SignedIn): Promise<RawPeer> {
    return this.#keep(await resumed(this.server, session_token));
  }

  /** One more session of an account. */
  async elsewhere(account_name: string, password: string = ANNA.params.user.password): Promise<RawPeer> {
    const peer = await this.stranger();
    await peer.call('authenticate', { user: { account_name, password } });
    return peer;
  }

  async [Symbol.asyncDispose](): Promise<void> {
    for (const one of this.#open.reverse()) await one[Symbol.asyncDispose]();
  }

  #keep<T extends AsyncDisposable>(one: T): T {
    this.#open.push(one);
    return one;
  }
}
