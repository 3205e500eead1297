/** A server in which what the examples of the action table name can be made to exist, under those very ids and tokens. */
import { ACTIONS, LIMITS } from '../../src/protocol/index.js';
import { openBeside } from './database.js';
import { PlannedRandom } from './planned_random.js';
import { administrator, RawPeer, registered, resumed, type SignedIn } from './raw_peer.js';
import { startServer, type TestServer } from './server.js';

const ANNA = ACTIONS.authenticate.example;
const BORIS = ACTIONS.get_user.example.params.account_id;
const KEY = ACTIONS.rotate_client_key.example.params.key_id;

export class ExampleWorld implements AsyncDisposable {
  readonly server: TestServer;
  readonly random: PlannedRandom;
  readonly #boss: SignedIn | null;
  readonly #open: AsyncDisposable[] = [];
  #people = 0;

  private constructor(server: TestServer, random: PlannedRandom, boss: SignedIn | null) {
    this.server = server;
    this.random = random;
    this.#boss = boss;
    this.#open.push(server);
    if (boss !== null) this.#open.push(boss);
  }

  /** `flags`: settings of the server by flag name. `claimed`: whether `boss.one` is its administrator already. */
  static async start(flags: Readonly<Record<string, string>> = {}, claimed = true): Promise<ExampleWorld> {
    const random = new PlannedRandom();
    const server = await startServer({ flags, random });
    return new ExampleWorld(server, random, claimed ? await administrator(server) : null);
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
  async stranger(key = this.server.address.key): Promise<RawPeer> {
    return this.#keep(await RawPeer.handshaken(this.server, key));
  }

  /** Somebody whom no example names, signed in. The password is that of the examples. */
  async person(user: object = {}): Promise<SignedIn> {
    this.#people += 1;
    const { password } = ANNA.params.user;
    const name = `person.${this.#people}`;
    return this.#keep(await registered(this.server, name, {}, { password, ...user }));
  }

  /** The `anna` of the examples, signed in, with her session and its tokens. */
  async anna(): Promise<SignedIn> {
    const { account, session, session_token, refresh_token } = ANNA.result;
    this.random.plan(account.account_id, session.session_id, session_token, refresh_token);
    const { account_name, password } = ANNA.params.user;
    return this.#keep(await registered(this.server, account_name, {}, { password }));
  }

  /** The `boris` whom administrators act on in the examples, changed so often that his account has this version. */
  async boris(version = 1): Promise<SignedIn> {
    this.random.plan(BORIS);
    const boris = this.#keep(await registered(this.server, 'boris'));
    await this.#reach(version, boris.peer);
    return boris;
  }

  /** The pending account of the examples and its one-time code. */
  async invitation(account_name: string, code: string): Promise<string> {
    this.random.plan(code);
    return (await this.boss.call('create_user', { user: { account_name } })).user.account_id;
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

  /** Changes the own account until it has this version. */
  async #reach(version: number, peer: RawPeer): Promise<void> {
    for (let now = 1; now < version; now += 1)
      await peer.call('update_profile', { changes: { bio: `was ${now}` } });
  }

  /** The same, for somebody who is signed in already. */
  async atVersion(version: number, person: SignedIn): Promise<RawPeer> {
    await this.#reach(version, person.peer);
    return person.peer;
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
