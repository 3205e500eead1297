/** What a running command can use: its arguments, secrets, the server it talks to, and what this machine keeps. */
import type { DeviceTokenStore } from '../../client/index.js';
import type { ActionName, ParamsOf, ResultOf } from '../../protocol/index.js';
import {
  addressLabel,
  type ChosenServer,
  findServer,
  freshToken,
  type FreshToken,
  keptDevices,
  OneShot,
  Refusal,
  systemNow,
} from '../reach/index.js';
import { problemText } from '../i18n/index.js';
import { type Keep, KeepError, type StoredSession } from '../keep/index.js';
import type { ServerChoice } from '../reach/index.js';
import { OwnRefusal, UsageError, withMeant } from './errors.js';
import type { SecretSource } from './secret_source.js';
import type { Words } from './words/index.js';

export type Flags = Readonly<Record<string, string | boolean | undefined>>;

/**
 * Who has to be signed in: `none` nobody · `account` the stored session or `--account` · `stored` the stored session,
 * which is used without signing in with it.
 */
export type SessionNeed = 'none' | 'account' | 'stored';

type SignedIn = ResultOf<'authenticate'>;

export type ContextOptions = {
  readonly args: readonly string[];
  readonly flags: Flags;
  readonly secrets: SecretSource;
  /** Width of the terminal that the result goes to; null for a pipe or file. */
  readonly columns: number | null;
  /** Words of the language that was asked for. */
  readonly words: Words;
  readonly choice: ServerChoice;
  readonly keep: Keep | null;
  readonly version: string;
  readonly session: SessionNeed;
  readonly account: string | null;
  /** The name of the kept account that is meant; null for the one used last. */
  readonly as: string | null;
};

export class CommandContext {
  readonly args: readonly string[];
  readonly secrets: SecretSource;
  readonly columns: number | null;
  readonly words: Words;
  readonly #options: ContextOptions;
  #chosen: ChosenServer | null = null;
  #line: OneShot | null = null;
  /** True when the session began for this command only. */
  #passing = false;
  /** The stored session that the line was opened with. */
  #stored: StoredSession | null = null;

  constructor(options: ContextOptions) {
    this.#options = options;
    this.args = options.args;
    this.secrets = options.secrets;
    this.columns = options.columns;
    this.words = options.words;
  }

  /** The argument at a place that the entry of the table requires. */
  arg(at: number): string {
    const value = this.args[at];
    if (value === undefined) throw new UsageError((words) => words('says', 'argument_missing'));
    return value;
  }

  /** The value of a flag, or null. */
  text(flag: string): string | null {
    const value = this.#options.flags[flag];
    return typeof value === 'string' ? value : null;
  }

  has(flag: string): boolean {
    return this.#options.flags[flag] === true;
  }

  /** A whole number of a flag, or null. */
  count(flag: string, min = 1): number | null {
    const text = this.text(flag);
    if (text === null) return null;
    if (/^\d{1,7}$/.test(text) && Number(text) >= min) return Number(text);
    throw new UsageError((words) => words('says', 'takes_count', { flag, min }));
  }

  /** One of the words of a closed list, or null. */
  oneOf<T extends string>(flag: string, words: readonly T[]): T | null {
    const text = this.text(flag);
    if (text === null) return null;
    const word = words.find((known) => known === text);
    if (word === undefined) {
      throw new UsageError(
        withMeant((say) => say('says', 'takes_one_of', { flag, words: words.join(', ') }), text, words),
      );
    }
    return word;
  }

  get data_folder(): string {
    return this.#options.choice.data_folder;
  }

  /** What this machine keeps. Throws Refusal where nothing can be kept. */
  get keep(): Keep {
    if (this.#options.keep !== null) return this.#options.keep;
    throw new OwnRefusal('keep_unusable', (words) => words('says', 'no_home'));
  }

  /** The server that was asked for; `typed` in the place of what the command line says. Throws what `refusalOf` knows. */
  server(typed?: string): ChosenServer {
    if (this.#chosen !== null) return this.#chosen;
    const { choice, keep } = this.#options;
    const outcome = findServer(typed === undefined ? choice : { ...choice, server: null, typed }, keep);
    if (!outcome.ok) {
      const { code } = outcome.problem;
      const names = code === 'unknown_server' ? (keep?.knownServers() ?? []).map(({ name }) => name) : [];
      throw new OwnRefusal(
        code,
        withMeant(({ language }) => problemText(language, code).join(' '), choice.server ?? '', names),
      );
    }
    this.#chosen = outcome.value;
    return outcome.value;
  }

  /** The stored session of this server, of whoever is meant. Throws Refusal when there is none. */
  stored(): StoredSession {
    return this.keptAs(this.#options.as);
  }

  /** The stored session of the account of that name, or of the one used last for null. Throws Refusal when there is none. */
  keptAs(name: string | null): StoredSession {
    const { address } = this.server();
    const { keep } = this.#options;
    const session = keep?.session(address, name) ?? null;
    if (session !== null) return session;
    const place = addressLabel(address);
    const others = keep?.sessions(address) ?? [];
    const names = others.map(({ account_name }) => account_name).join(', ');
    throw new OwnRefusal('unauthenticated', (words) =>
      others.length === 0 || name === null
        ? words('says', 'nobody_here', { address: place })
        : words('says', 'not_kept', { name, address: place, names }),
    );
  }

  /** Forgets a stored session, and ends it where the server can be reached: nobody holds its token any more. */
  async forgetKept({ session_token }: StoredSession): Promise<void> {
    this.keep.forgetSession(this.server().address, session_token);
    await this.#endOther(session_token);
  }

  /** Returns a fresh access token of the stored session. Throws Refusal, and KeepError before anything is sent. */
  async freshToken(): Promise<FreshToken> {
    const { keep } = this;
    const { address } = this.server();
    let session = this.stored();
    try {
      const token = await freshToken({
        keep,
        address,
        session: () => (session = this.stored()),
        open: (session_token) => this.#openLine(session_token),
        now: systemNow,
      });
      if (token !== null) return token;
    } catch (error) {
      const over = error instanceof Refusal && error.code === 'session_invalid';
      if (!over) throw error;
      this.#forget(session);
      throw new OwnRefusal('session_invalid', (words) => words('says', 'session_over'));
    }
    throw new OwnRefusal('unauthenticated', (words) => words('says', 'no_refresh_token'));
  }

  /** The result of an action, exactly as the server gave it. Connects, and signs in if it has to, the first time. */
  async call<A extends ActionName>(action: A, params: ParamsOf<A>): Promise<ResultOf<A>> {
    this.#line ??= await this.#open();
    try {
      return await this.#line.call(action, params);
    } catch (error) {
      const over = error instanceof Refusal && error.code === 'session_invalid';
      if (over && this.#options.session !== 'none') this.forgetSession();
      throw error;
    }
  }

  async #open(): Promise<OneShot> {
    const { session, account, keep } = this.#options;
    const { address } = this.server();
    const open = async (session_token: string | null): Promise<OneShot> => {
      // A session for one command leaves nothing behind.
      const device_tokens = keep === null ? null : keptDevices(keep, address, session === 'none');
      const line = await this.#openLine(session_token, device_tokens);
      keep?.serverUsed(address);
      return line;
    };
    if (session !== 'account') return open(null);
    if (account !== null) {
      const password = await this.secrets.ask('password_of', { account });
      const line = await open(null);
      try {
        await line.call('authenticate', { user: { account_name: account, password } });
      } catch (error) {
        await line.close();
        throw error;
      }
      this.#passing = true;
      return line;
    }
    const stored = this.stored();
    this.#stored = stored;
    const line = await open(stored.session_token);
    if (line.signed_in) {
      keep?.sessionUsed(address, stored);
      return line;
    }
    await line.close();
    this.forgetSession();
    throw new OwnRefusal('session_invalid', (words) => words('says', 'session_over'));
  }

  #openLine(session_token: string | null, device_tokens: DeviceTokenStore | null = null): Promise<OneShot> {
    const { version, choice } = this.#options;
    const { insecure_plain } = choice;
    return OneShot.open(this.server().address, {
      version,
      session_token,
      insecure_plain,
      device_tokens,
    });
  }

  /**
   * Keeps a sign-in for the commands that follow, and the server if it was given as a connection string. A session that was
   * kept before of the same account is ended: nobody holds its token any more. What can't be kept is ended as well.
   */
  async rememberSignIn({ account, session_token, refresh_token }: SignedIn): Promise<void> {
    const { address, on_this_machine } = this.server();
    const { account_id, account_name } = account;
    let before: StoredSession | null;
    try {
      if (!on_this_machine) this.keep.rememberServer(address);
      before = this.keep.rememberSession(address, { session_token, refresh_token, account_id, account_name });
    } catch (error) {
      await this.#endOther(session_token);
      throw error;
    }
    if (before !== null) await this.#endOther(before.session_token);
  }

  async #endOther(session_token: string): Promise<void> {
    try {
      const line = await this.#openLine(session_token);
      if (line.signed_in) await line.call('logout', {});
      await line.close();
    } catch (error) {
      // It will end by itself.
      if (!(error instanceof Refusal)) throw error;
    }
  }

  /** Returns the name of the account that commands go on as; null when nobody is kept for this server any more. */
  next(): string | null {
    const ended = this.#stored?.session_token;
    const left = this.#options.keep?.sessions(this.server().address) ?? [];
    return left.find(({ session_token }) => session_token !== ended)?.account_name ?? null;
  }

  /** Returns as whom this command went on where nobody said so and others are kept as well; else null. */
  unnamed(): string | null {
    const { as, account, keep } = this.#options;
    if (as !== null || account !== null || this.#stored === null) return null;
    const kept = keep?.sessions(this.server().address) ?? [];
    return kept.length > 1 ? this.#stored.account_name : null;
  }

  /** Forgets the stored session that this command went on with; it has ended. */
  forgetSession(): void {
    if (this.#stored !== null) this.#forget(this.#stored);
  }

  /** That a session has ended is told either way: a dead token that stays is only found to be dead once more. */
  #forget({ session_token }: StoredSession): void {
    try {
      this.#options.keep?.forgetSession(this.server().address, session_token);
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
    }
  }

  /** Makes sure that a sign-in can be kept, before it begins. */
  checkKeep(): void {
    this.keep.checkSessions();
  }

  /** Ends the line, and the session if it was for this command only. */
  async close(): Promise<void> {
    const line = this.#line;
    this.#line = null;
    if (line === null) return;
    try {
      if (this.#passing && line.signed_in) await line.call('logout', {});
    } catch (error) {
      // The command is done already; the session ends by itself.
      if (!(error instanceof Refusal)) throw error;
    } finally {
      await line.close();
    }
  }
}
