/**
 * Who may have how many connections. Places are shared out like this:
 *
 * - A session, an account and an address have at most so many that are signed in, an address so many that are not.
 * - Of all places some are only for strangers, because whoever comes is one at first, and some only for those who may
 *   suspend accounts, because they are who can end a crowd.
 * - When one of these is full, the newest connection of the longest line gives way: of the session with the most within
 *   an account, of the account with the most within an address and within all, of the address with the most among
 *   strangers. Whoever would stand in the longest line themselves, or as far back as its last, is turned away. So
 *   whoever takes many places is who loses them, and two who have as many don't drive each other out in turn.
 * - Whoever has just proved a password or a code always gets a place of the own account: nobody is locked out by
 *   somebody else who holds a session of theirs.
 */
import { LIMITS } from '../../protocol/index.js';
import type { SignedInAs } from '../dispatch/index.js';
import { ADDRESSES_OF_A_NETWORK, addressKey, networkKey } from '../domain/index.js';
import type { Cap, Crowding } from './crowding.js';
import { Tally } from './tally.js';

/**
 * Connections beyond all places that are on their way out: they were told, and have a second to read it. Half of the
 * descriptors that are kept for everything else.
 */
const LEAVING_MAX = 32;

export type PlaceLimits = {
  /** All connections together. */
  readonly all: number;
  readonly session: number;
  readonly account: number;
  /** Signed in, of one address. */
  readonly address: number;
  readonly strangers_of_address: number;
};

/** Whoever is about to be signed in on a connection. */
export type Newcomer = {
  readonly account_id: string;
  /** Null for a session that is about to begin. */
  readonly session_id: string | null;
  /** Whether the places are for them that are kept for those who can end a crowd. */
  readonly privileged: boolean;
};

/** Where live sessions are looked up: with the connections of each, the oldest first. */
export type Crowd = {
  ofSession(sessionId: string): Iterable<{ readonly place: Place }> & { readonly size: number };
  ofAccount(accountId: string): Iterable<{ readonly place: Place }> & { readonly size: number };
};

type Standing = 'unproven' | 'proved' | 'signed_in';

/** Whoever has a place. */
export type Guest = {
  /** Somebody else needs the place: tells the peer, and lets go of it. */
  giveWay(): void;
};

/** How many connections the addresses of one network have together. */
type Network = { readonly key: string; strangers: number; signed_in: number };

/** The connections of one address. Sets that are empty are not there: most addresses have one connection. */
class AddressLine {
  readonly key: string;
  /** Null where an address has no network to speak of. */
  readonly network: Network | null;
  readonly #standing: Record<Standing, Set<Place> | null> = {
    unproven: null,
    proved: null,
    signed_in: null,
  };

  constructor(key: string, network: Network | null) {
    this.key = key;
    this.network = network;
  }

  of(standing: Standing): ReadonlySet<Place> {
    return this.#standing[standing] ?? NOBODY;
  }

  get strangers(): number {
    return this.of('unproven').size + this.of('proved').size;
  }

  get isEmpty(): boolean {
    return this.strangers + this.of('signed_in').size === 0;
  }

  add(place: Place, standing: Standing): void {
    (this.#standing[standing] ??= new Set()).add(place);
  }

  remove(place: Place, standing: Standing): void {
    const set = this.#standing[standing];
    set?.delete(place);
    if (set?.size === 0) this.#standing[standing] = null;
  }
}

const NOBODY: ReadonlySet<Place> = new Set();

/** One connection as the limits see it. */
export class Place {
  readonly line: AddressLine;
  /** Null before it is taken, and once its connection is on its way out. */
  standing: Standing | null = null;
  as: SignedInAs | null = null;
  /** Whether it may be one of those kept for whoever can end a crowd. */
  privileged = false;
  guest: Guest | null = null;

  constructor(line: AddressLine) {
    this.line = line;
  }
}

export class Places {
  readonly #limits: PlaceLimits;
  readonly #crowd: Crowd;
  readonly #crowding: Crowding;
  readonly #lines = new Map<string, AddressLine>();
  readonly #networks = new Map<string, Network>();
  readonly #unproven = new Tally<AddressLine>();
  readonly #proved = new Tally<AddressLine>();
  /** Connections that are signed in, by account. */
  readonly #accounts = new Tally<string>();
  #signedIn = 0;
  #open = 0;
  #leaving = 0;

  constructor(limits: PlaceLimits, crowd: Crowd, crowding: Crowding) {
    this.#limits = limits;
    this.#crowd = crowd;
    this.#crowding = crowding;
  }

  /** Returns how many connections are open, those on their way out included. */
  get open(): number {
    return this.#open;
  }

  /** Returns a place for a connection of an address, or null when there is none. */
  enter(address: string): Place | null {
    const key = addressKey(address);
    const line = this.#lines.get(key) ?? new AddressLine(key, this.#networkOf(key));
    const strangers_max = this.#limits.strangers_of_address;
    const around = line.network?.strangers ?? 0;
    if (line.strangers >= strangers_max || around >= strangers_max * ADDRESSES_OF_A_NETWORK)
      return this.#turnAway('strangers_of_address', { address });
    if (this.#open - this.#leaving >= this.#limits.all) {
      const other = this.#open < this.#limits.all + LEAVING_MAX ? this.#strangerFor(line) : null;
      if (other === null) return this.#turnAway('all', { address });
      this.#crowding.closed('all', { address: other.line.key });
      other.guest?.giveWay();
    }
    const place = new Place(line);
    this.#open += 1;
    this.#stand(place, 'unproven');
    return place;
  }

  /** The client key is proved. */
  prove(place: Place): void {
    if (place.standing === 'unproven') this.#stand(place, 'proved');
  }

  /** Returns which limit keeps a connection from being signed in, or null. */
  fullFor(place: Place, newcomer: Newcomer): Cap | null {
    place.privileged = newcomer.privileged;
    const plan = this.#planFor(place, newcomer, false);
    if (typeof plan !== 'string') return null;
    const { account_id, session_id } = newcomer;
    this.#crowding.turnedAway(plan, { account_id, session_id, address: place.line.key });
    return plan;
  }

  /** A connection is signed in, whoever has to give way. `fullFor` was asked before. */
  signIn(place: Place, as: SignedInAs): void {
    // What is asked before a session begins may be out of date when it has begun; the limits hold all the same.
    const plan = this.#planFor(place, { ...as, privileged: place.privileged }, true);
    if (typeof plan !== 'string') {
      for (const [other, cap] of plan) {
        this.#crowding.closed(cap, { ...other.as, address: other.line.key });
        other.guest?.giveWay();
      }
    }
    place.as = as;
    this.#stand(place, 'signed_in');
  }

  /** Nobody is signed in any more. Returns false when there is no place for it as a stranger. */
  signOut(place: Place): boolean {
    this.#stand(place, 'proved');
    place.as = null;
    if (place.line.strangers <= this.#limits.strangers_of_address) return true;
    this.#crowding.turnedAway('strangers_of_address', { address: place.line.key });
    return false;
  }

  /** The connection was told its end and takes nothing more in: it counts no longer, only its descriptor does. */
  leave(place: Place): void {
    if (place.standing === null) return;
    this.#stand(place, null);
    this.#leaving += 1;
  }

  /** The connection is gone. Called once. */
  gone(place: Place): void {
    this.leave(place);
    this.#leaving -= 1;
    this.#open -= 1;
  }

  /** Returns the network around an address; it is kept for as long as it has connections. */
  #networkOf(addressKey: string): Network | null {
    const key = networkKey(addressKey);
    return key === null ? null : (this.#networks.get(key) ?? { key, strangers: 0, signed_in: 0 });
  }

  #turnAway(cap: Cap, who: object): null {
    this.#crowding.turnedAway(cap, who);
    return null;
  }

  #stand(place: Place, standing: Standing | null): void {
    const { line } = place;
    if (place.standing !== null) {
      line.remove(place, place.standing);
      this.#count(place, place.standing, 'remove');
    }
    place.standing = standing;
    if (standing !== null) {
      line.add(place, standing);
      this.#count(place, standing, 'add');
      this.#lines.set(line.key, line);
    } else if (line.isEmpty) this.#lines.delete(line.key);
  }

  #count({ line, as }: Place, standing: Standing, how: 'add' | 'remove'): void {
    const { network } = line;
    if (network !== null) {
      network[standing === 'signed_in' ? 'signed_in' : 'strangers'] += how === 'add' ? 1 : -1;
      if (network.strangers + network.signed_in > 0) this.#networks.set(network.key, network);
      else this.#networks.delete(network.key);
    }
    if (standing === 'unproven') this.#unproven[how](line);
    else if (standing === 'proved') this.#proved[how](line);
    else if (as !== null) {
      this.#signedIn += how === 'add' ? 1 : -1;
      this.#accounts[how](as.account_id);
    }
  }

  /** The stranger that gives way to one of an address: the one that has been there longest without proving a key. */
  #strangerFor(line: AddressLine): Place | null {
    const own = line.strangers;
    for (const [tally, standing] of [
      [this.#unproven, 'unproven'],
      [this.#proved, 'proved'],
    ] as const) {
      const { most } = tally;
      const [oldest = null] = most?.key.of(standing) ?? [];
      if (most !== null && most.count >= own + 2) return oldest;
    }
    return null;
  }

  /** Returns which limit is in the way, or who has to give way and to which limit. `must`: whoever it is gets in. */
  #planFor(
    { line }: Place,
    { account_id, session_id, privileged }: Newcomer,
    must: boolean,
  ): Cap | readonly (readonly [Place, Cap])[] {
    const { session, account, address, all } = this.#limits;
    if (!must && session_id !== null && this.#crowd.ofSession(session_id).size >= session) return 'session';
    const leave: [Place, Cap][] = [];
    const ofAccount = this.#crowd.ofAccount(account_id);
    if (ofAccount.size >= account) {
      const fresh = session_id === null;
      const other = newestOfLongest(ofAccount, 'session_id', session_id, must || fresh);
      if (other === null) return 'account';
      leave.push([other, 'account']);
    }
    const around = line.network?.signed_in ?? 0;
    if (!must && leave.length === 0 && around >= address * ADDRESSES_OF_A_NETWORK) return 'address';
    const here = line.of('signed_in');
    if (here.size - leave.filter(([other]) => other.line === line).length >= address) {
      const other = newestOfLongest(held(here), 'account_id', account_id, must);
      if (other === null) return 'address';
      leave.push([other, 'address']);
    }
    const most = all - keptForStrangers(all) - (privileged ? 0 : keptForPrivileged(all));
    if (leave.length === 0 && this.#signedIn >= most) {
      const longest = this.#accounts.most;
      if (longest === null || (!must && longest.count < this.#accounts.of(account_id) + 2))
        return 'signed_in';
      const other = [...this.#crowd.ofAccount(longest.key)].at(-1);
      if (other !== undefined) leave.push([other.place, 'signed_in']);
    }
    return leave;
  }
}

const keptForStrangers = (all: number): number =>
  Math.ceil((all * LIMITS.places_for_strangers_percent) / 100);
const keptForPrivileged = (all: number): number =>
  Math.ceil((all * LIMITS.places_for_moderation_percent) / 100);

function* held(places: Iterable<Place>): Iterable<{ readonly place: Place }> {
  for (const place of places) yield { place };
}

/**
 * Returns the newest of those in the longest line, when that is by two longer than the line of whoever comes: below that
 * nobody would be better off. `must`: in any case.
 */
function newestOfLongest(
  held: Iterable<{ readonly place: Place }>,
  line: keyof SignedInAs,
  own: string | null,
  must: boolean,
): Place | null {
  const lines = new Map<string | null, { length: number; newest: Place }>();
  let longest: { length: number; newest: Place } | null = null;
  for (const { place } of held) {
    const key = place.as?.[line] ?? null;
    const known = lines.get(key) ?? { length: 0, newest: place };
    known.length += 1;
    known.newest = place;
    lines.set(key, known);
    if (longest === null || known.length > longest.length) longest = known;
  }
  const behind = lines.get(own)?.length ?? 0;
  return longest !== null && (must || longest.length >= behind + 2) ? longest.newest : null;
}
