/**
 * What the interface keeps on this machine, and when: the session after a sign-in, until it ends, and the device token that
 * came with it, for the next one. What can't be kept is
 * said once; nobody is kept from signing in by it.
 */
import type { DeviceTokenStore } from '../../client/index.js';
import type { ResultOf } from '../../protocol/index.js';
import { type Keep, KeepError, type StoredSession } from '../keep/index.js';
import type { ServerChoice, StartAs } from '../reach/index.js';
import { type Attempt, problem, type Problem } from '../i18n/index.js';
import { clean } from '../text/index.js';
import { addressLabel, chooseServer, type ChosenServer, keepProblem } from '../reach/index.js';
import type { KeptAccountRow, KnownServerRow } from './contract.js';

type SignedIn = Pick<ResultOf<'authenticate'>, 'account' | 'session_token' | 'refresh_token'>;

export class Keeper {
  readonly #keep: Keep | null;
  readonly #onFault: (problem: Problem) => void;
  #chosen: ChosenServer | null = null;
  #token: string | null = null;
  #account_name: string | null = null;
  #faulty = false;
  /** Whether the next sign-in is kept; begins anew with every server. */
  on = false;
  /** The device tokens of the server that was begun with. */
  readonly device_tokens: DeviceTokenStore = {
    find: (name) => {
      const chosen = this.#chosen;
      return chosen === null ? null : this.#try(null, (keep) => keep.deviceToken(chosen.address, name));
    },
    keep: (account_id, names, device_token) => {
      const chosen = this.#chosen;
      if (chosen === null || !this.on) return;
      this.#try(undefined, (keep) => keep.rememberDevice(chosen.address, account_id, names, device_token));
    },
  };

  constructor(keep: Keep | null, onFault: (problem: Problem) => void) {
    this.#keep = keep;
    this.#onFault = onFault;
  }

  /** False where nothing can be kept. */
  get able(): boolean {
    return this.#keep !== null && !this.#faulty;
  }

  /** Whose session `begin` gave, as far as is known. Cleaned. */
  get account_name(): string | null {
    return this.#account_name;
  }

  /** Returns the server that was asked for. When what is kept can't be used, it is told, and nothing is kept. */
  choose(choice: ServerChoice): Attempt<ChosenServer> {
    const outcome = chooseServer(choice, this.#keep);
    if (outcome.ok || outcome.problem.code !== 'keep_unusable' || choice.server !== null) return outcome;
    this.#fault(outcome.problem);
    return chooseServer(choice, null);
  }

  /** Begins with a server; gives the token of the session that was kept for whoever is meant, if any. */
  begin(chosen: ChosenServer, { as, anew }: StartAs = { as: null, anew: false }): string | null {
    this.#chosen = chosen;
    this.#token = null;
    this.#account_name = null;
    this.on = false;
    this.#try(undefined, (keep) => {
      this.on = keep.keepsByDefault(chosen.address, chosen.on_this_machine);
      this.#goOn(anew ? null : keep.session(chosen.address, as));
      keep.serverUsed(chosen.address);
    });
    return this.#token;
  }

  #goOn(session: StoredSession | null): void {
    this.#token = session?.session_token ?? null;
    this.#account_name = cleanOrNull(session?.account_name ?? null);
  }

  /** The kept session that was begun with is signed in: a start without a name goes on with it. */
  resumed(): void {
    const [chosen, session_token] = [this.#chosen, this.#token];
    if (chosen === null || session_token === null) return;
    this.#try(undefined, (keep) => keep.sessionUsed(chosen.address, { session_token }));
  }

  // -- kept accounts ----------------------------------------------------------------------------------------------------

  /** Whose sessions are kept for this server, the one used last first. */
  accounts(): readonly KeptAccountRow[] {
    return this.#sessions().map((session) => ({
      id: idOf(session),
      account_name: clean(session.account_name),
      current: session.session_token === this.#token,
      used_at: session.used_at,
    }));
  }

  /** Begins with a kept account of this server, or with nobody for null. Returns its token; null where it isn't kept. */
  switchTo(id: string | null): string | null {
    this.#goOn(id === null ? null : (this.#sessions().find((session) => idOf(session) === id) ?? null));
    return this.#token;
  }

  /** Forgets a kept account of this server. Returns its token, which nobody holds any more; null where it wasn't kept. */
  forgetAccount(id: string): Attempt<string | null> {
    const [keep, chosen] = [this.#keep, this.#chosen];
    const session = this.#sessions().find((one) => idOf(one) === id);
    if (keep === null || chosen === null || session === undefined) return { ok: true, value: null };
    try {
      keep.forgetSession(chosen.address, session.session_token);
      return { ok: true, value: session.session_token };
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
      return { ok: false, problem: keepProblem(error) };
    }
  }

  #sessions(): readonly StoredSession[] {
    const chosen = this.#chosen;
    return chosen === null
      ? []
      : this.#try<readonly StoredSession[]>([], (keep) => keep.sessions(chosen.address));
  }

  /** Somebody signed in. */
  signedIn({ account, session_token, refresh_token }: SignedIn): void {
    const chosen = this.#chosen;
    this.#token = session_token;
    if (chosen === null || !this.on) return;
    this.#try(undefined, (keep) => {
      if (!chosen.on_this_machine) keep.rememberServer(chosen.address);
      keep.rememberSession(chosen.address, {
        session_token,
        refresh_token,
        account_id: account.account_id,
        account_name: account.account_name,
      });
    });
  }

  /** The session is over, whoever ended it. One that another program has kept since then stays. */
  signedOut(): void {
    const [chosen, token] = [this.#chosen, this.#token];
    this.#token = null;
    if (chosen === null || token === null) return;
    try {
      this.#keep?.forgetSession(chosen.address, token);
    } catch (error) {
      // That it is over is what is told; a dead token that stays is only found to be dead once more.
      if (!(error instanceof KeepError)) throw error;
    }
  }

  knownServers(): readonly KnownServerRow[] {
    return this.#try<readonly KnownServerRow[]>([], (keep) =>
      keep.knownServers().map(({ name, address, last_used_at }) => ({
        name: clean(name),
        label: clean(addressLabel(address)),
        tls: address.tls,
        account_name: cleanOrNull(keep.session(address)?.account_name ?? null),
        last_used_at,
      })),
    );
  }

  forgetServer(name: string): Attempt<null> {
    return this.#try(false, (keep) => keep.forgetServer(name))
      ? { ok: true, value: null }
      : { ok: false, problem: problem('unknown_server') };
  }

  /** What `work` gives, or `otherwise` when nothing can be kept. */
  #try<T>(otherwise: T, work: (keep: Keep) => T): T {
    if (this.#keep === null || this.#faulty) return otherwise;
    try {
      return work(this.#keep);
    } catch (error) {
      if (!(error instanceof KeepError)) throw error;
      this.#fault(keepProblem(error));
      return otherwise;
    }
  }

  #fault(told: Problem): void {
    if (this.#faulty) return;
    this.#faulty = true;
    this.on = false;
    // Later, because a change of server, in which this may happen, begins with an empty state.
    queueMicrotask(() => this.#onFault(told));
  }
}

/** Older releases kept no ids. */
const idOf = ({ account_id, account_name }: StoredSession): string => account_id ?? account_name;

const cleanOrNull = (text: string | null): string | null => (text === null ? null : clean(text));
