import { describe, expect, test, vi } from 'vitest';
import type { RoleRecord } from '../../../src/protocol/index.js';
import { StorageUnavailableError } from '../../../src/server/store/index.js';
import type { FoundSession } from '../../../src/server/store/reads/sessions.js';
import { Roles } from '../../../src/server/store/role_table.js';
import { SessionCache, staleBy } from '../../../src/server/store/session_cache.js';

function live(n: number, account = 'a_1', roles: readonly string[] = ['user']): FoundSession {
  return {
    session: {
      session_id: `s_${n}`,
      current: true,
      client_name: null,
      client_version: null,
      os: null,
      host_name: null,
      address: '127.0.0.1',
      last_address: '127.0.0.1',
      created_at: 0,
      last_active_at: 0,
      expires_at: 1_000,
    },
    account_id: account,
    account_name: account,
    roles,
    token_key: `token ${n}`,
  };
}

/** Roles of one's own: none. */
const noRoles = (): Roles => new Roles({ all: () => Promise.resolve([]) });

/** Reads that wait until they are let go, so that something can happen meanwhile. */
class HeldReads {
  reads = 0;
  readonly #rows: Map<string, FoundSession>;
  #held: (() => void)[] = [];

  constructor(...rows: readonly FoundSession[]) {
    this.#rows = new Map(
      rows.flatMap((row) => [[row.session.session_id, row] as const, [row.token_key, row] as const]),
    );
  }

  byId = (id: string): Promise<FoundSession | null> => this.#read(id);
  byTokenHash = (hash: Uint8Array): Promise<FoundSession | null> =>
    this.#read(Buffer.from(hash).toString('latin1'));

  /** Whoever reads from now on doesn't find this session. */
  remove(sessionId: string): void {
    const row = this.#rows.get(sessionId);
    this.#rows.delete(sessionId);
    if (row !== undefined) this.#rows.delete(row.token_key);
  }

  /** How many wait. */
  get held(): number {
    return this.#held.length;
  }

  letGo(): void {
    for (const resolve of this.#held.splice(0)) resolve();
  }

  async #read(key: string): Promise<FoundSession | null> {
    this.reads += 1;
    // What stands in the database when the read begins, whatever happens until it is answered.
    const found = this.#rows.get(key) ?? null;
    await new Promise<void>((resolve) => this.#held.push(resolve));
    return found;
  }
}

async function filled(...rows: readonly FoundSession[]): Promise<{ cache: SessionCache; reads: HeldReads }> {
  const reads = new HeldReads(...rows);
  const cache = new SessionCache(reads, noRoles());
  const fills = rows.map(async (row) => await cache.byId(row.session.session_id, 1));
  reads.letGo();
  await Promise.all(fills);
  reads.reads = 0;
  return { cache, reads };
}

describe('a read that is under way when something is announced', () => {
  test.each([
    [
      'its session has ended',
      { kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_9', 's_1'], reason: 'revoked' },
    ],
    ['its session was changed', { kind: 'session_changed', session_id: 's_1' }],
    ['its account was changed', { kind: 'account_changed', account_id: 'a_1' }],
    ['everything may have changed', { kind: 'everything' }],
  ] as const)('is read again: %s', async (_what, announcement) => {
    const reads = new HeldReads(live(1, 'a_1', ['moderator', 'user']));
    const cache = new SessionCache(reads, noRoles());
    const both = [cache.byId('s_1', 1), cache.byTokenKey('token 1', 1)];
    cache.hear(announcement);
    reads.letGo();
    await vi.waitFor(() => expect(reads.held).toBe(2));
    expect(cache.size).toBe(0);
    reads.letGo();
    for (const one of both) expect((await one)?.session.session_id).toBe('s_1');
    expect([reads.reads, cache.size]).toEqual([4, 1]);
  });

  test('one whose session has ended by then finds none', async () => {
    const reads = new HeldReads(live(1));
    const cache = new SessionCache(reads, noRoles());
    const found = cache.byTokenKey('token 1', 1);
    reads.remove('s_1');
    cache.hear({ kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_1'], reason: 'revoked' });
    reads.letGo();
    await vi.waitFor(() => expect(reads.held).toBe(1));
    reads.letGo();
    expect(await found).toBeNull();
    expect(cache.size).toBe(0);
  });

  test('what is changed with each read is not available', async () => {
    const reads = new HeldReads(live(1));
    const cache = new SessionCache(reads, noRoles());
    const found = cache.byId('s_1', 1);
    for (let n = 0; n < 5; n += 1) {
      await vi.waitFor(() => expect(reads.held).toBe(1));
      cache.hear({ kind: 'session_changed', session_id: 's_1' });
      reads.letGo();
    }
    await expect(found).rejects.toThrow(StorageUnavailableError);
  });

  test('what has stood still with the answer on its way asks first what was announced meanwhile', async () => {
    const reads = new HeldReads(live(1));
    let fresh = true;
    const freshness = {
      isFresh: () => fresh,
      becomeFresh: (): Promise<void> => {
        fresh = true;
        cache.hear({ kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_1'], reason: 'revoked' });
        return Promise.resolve();
      },
    };
    const cache = new SessionCache(reads, noRoles(), { freshness });
    const found = cache.byTokenKey('token 1', 1);
    reads.remove('s_1');
    fresh = false;
    reads.letGo();
    await vi.waitFor(() => expect(reads.held).toBe(1));
    reads.letGo();
    expect(await found).toBeNull();
  });

  test('is shared by whoever asks for the same, until something is announced', async () => {
    const reads = new HeldReads(live(1), live(2));
    const cache = new SessionCache(reads, noRoles());
    const first = [cache.byId('s_1', 1), cache.byId('s_1', 1), cache.byTokenKey('token 1', 1)];
    expect(reads.reads).toBe(2);
    cache.hear({ kind: 'session_changed', session_id: 's_2' });
    const later = cache.byId('s_1', 1);
    expect(reads.reads).toBe(3);
    reads.letGo();
    for (const one of [...first, later]) expect((await one)?.session.session_id).toBe('s_1');
    expect(reads.reads).toBe(3);
    cache.hear({ kind: 'everything' });
    const after = cache.byId('s_1', 1);
    expect(reads.reads).toBe(4);
    reads.letGo();
    await after;
  });

  test('a read that fails fails for all who wait for it, and for nobody after them', async () => {
    let reads = 0;
    const failing = (): Promise<never> => {
      reads += 1;
      return Promise.reject(new StorageUnavailableError('away'));
    };
    const cache = new SessionCache({ byId: failing, byTokenHash: failing }, noRoles());
    const both = await Promise.allSettled([cache.byId('s_1', 1), cache.byId('s_1', 1)]);
    expect(both.map(({ status }) => status)).toEqual(['rejected', 'rejected']);
    await expect(cache.byId('s_1', 1)).rejects.toThrow('away');
    expect(reads).toBe(2);
  });

  test.each([
    ['of another session', { kind: 'session_changed', session_id: 's_2' }],
    ['of another account', { kind: 'account_changed', account_id: 'a_2' }],
    ['of a role that it lacks', { kind: 'role_changed', role: 'admin' }],
    ['of a client key', { kind: 'client_key_changed', key_id: 'k_1' }],
  ] as const)('is kept when the announcement is %s', async (_what, announcement) => {
    const reads = new HeldReads(live(1));
    const cache = new SessionCache(reads, noRoles());
    const fill = cache.byId('s_1', 1);
    cache.hear(announcement);
    reads.letGo();
    await fill;
    expect(cache.size).toBe(1);
  });

  test('one that began afterwards is kept, also beside an older one that is not', async () => {
    const reads = new HeldReads(live(1));
    const cache = new SessionCache(reads, noRoles());
    const before = cache.byId('s_1', 1);
    cache.hear({ kind: 'session_changed', session_id: 's_1' });
    const after = cache.byTokenKey('token 1', 1);
    reads.letGo();
    await after;
    expect(cache.size).toBe(1);
    reads.letGo();
    await before;
    expect([reads.reads, cache.size]).toEqual([3, 1]);
  });
});

describe('what is kept', () => {
  test('is found by id and by token without a read, until something is announced about it', async () => {
    const { cache, reads } = await filled(live(1), live(2), live(3, 'a_2', ['admin', 'user']));
    expect(cache.byId('s_1', 1)).toBe(cache.byTokenKey('token 1', 1));
    cache.hear({ kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_1'], reason: 'revoked' });
    expect(cache.size).toBe(2);
    cache.hear({ kind: 'account_changed', account_id: 'a_2' });
    expect(cache.size).toBe(1);
    cache.hear({ kind: 'account_changed', account_id: 'a_1' });
    expect(cache.size).toBe(0);
    expect(reads.reads).toBe(0);
    // By the token too: nothing points to what was dropped.
    const asked = cache.byTokenKey('token 2', 1);
    expect(asked).toBeInstanceOf(Promise);
    reads.letGo();
    await asked;
  });

  test('is gone altogether when anything may have changed', async () => {
    const { cache } = await filled(live(1), live(2, 'a_2'));
    cache.hear({ kind: 'everything' });
    expect(cache.size).toBe(0);
    expect(cache.byTokenKey('token 1', 1)).toBeInstanceOf(Promise);
  });

  test('ends at its end', async () => {
    const { cache } = await filled(live(1));
    expect(cache.byId('s_1', 999)).not.toBeNull();
    expect(cache.byId('s_1', 1_000)).toBeNull();
    expect(cache.size).toBe(0);
  });

  test('makes room by what was used longest ago, by id or by token', async () => {
    const reads = new HeldReads(live(1), live(2), live(3), live(4));
    const cache = new SessionCache(reads, noRoles(), { entries_max: 3 });
    const known = async (): Promise<number[]> => {
      const numbers: number[] = [];
      for (const n of [1, 2, 3, 4]) {
        const before = reads.reads;
        const found = cache.byId(`s_${n}`, 1);
        if (!(found instanceof Promise)) numbers.push(n);
        reads.letGo();
        await found;
        reads.reads = before;
      }
      return numbers;
    };
    const fill = async (n: number): Promise<void> => {
      const found = cache.byId(`s_${n}`, 1);
      reads.letGo();
      await found;
    };
    for (const n of [1, 2, 3]) await fill(n);
    // The oldest two are used, by token and by id, so that the third has to go.
    void cache.byTokenKey('token 1', 1);
    void cache.byId('s_2', 1);
    await fill(4);
    expect(cache.size).toBe(3);
    expect((await known()).slice(0, 2)).toEqual([1, 2]);
  });
});

test('what each announcement makes stale', () => {
  expect(staleBy({ kind: 'everything' })).toBe('all');
  // Who is signed in stays; what they may do is worked out with the table of roles.
  expect(staleBy({ kind: 'role_changed', role: 'editor' })).toBeNull();
  expect(staleBy({ kind: 'account_changed', account_id: 'a_1' })).toEqual({ account_id: 'a_1' });
  expect(staleBy({ kind: 'session_changed', session_id: 's_1' })).toEqual({ session_ids: ['s_1'] });
  const ended = {
    kind: 'sessions_ended',
    account_id: 'a_1',
    session_ids: ['s_1'],
    reason: 'revoked',
  } as const;
  expect(staleBy(ended)).toEqual({ session_ids: ['s_1'] });
  expect(staleBy({ kind: 'profile_changed', account_id: 'a_1' })).toBeNull();
  expect(staleBy({ kind: 'client_key_changed', key_id: 'k_1' })).toBeNull();
  expect(staleBy({ kind: 'client_key_ended', key_id: 'k_1', reason: 'revoked' })).toBeNull();
  expect(staleBy({ kind: 'administrator_claimed' })).toBeNull();
});

describe('what roles permit', () => {
  const CHANGED = { kind: 'role_changed', role: 'editor' } as const;
  const record = (permissions: string[]): RoleRecord => ({
    role: 'editor',
    description: null,
    built_in: false,
    permissions,
    created_at: 0,
    updated_at: 0,
    version: 1,
  });
  /** A cache with one session of an editor in it, and the table that it goes by: changed, it has to be let go. */
  async function edited(): Promise<{
    cache: SessionCache;
    reads: HeldReads;
    readonly change: (permissions: string[]) => void;
    readonly letGo: () => void;
    readonly tables: () => number;
  }> {
    let permits = ['wiki:write'];
    let tables = 0;
    let held: (() => void)[] = [];
    const roles = new Roles({
      all: async () => {
        tables += 1;
        const mine = [record(permits)];
        if (tables > 1) await new Promise<void>((resolve) => held.push(resolve));
        return mine;
      },
    });
    const reads = new HeldReads(live(1, 'a_1', ['editor', 'user']));
    const cache = new SessionCache(reads, roles);
    const filling = cache.byId('s_1', 1);
    reads.letGo();
    await filling;
    return {
      cache,
      reads,
      change: (permissions) => {
        permits = permissions;
        roles.hear(CHANGED);
        cache.hear(CHANGED);
      },
      letGo: () => {
        for (const resolve of held) resolve();
        held = [];
      },
      tables: () => tables,
    };
  }
  const held = (found: Awaited<ReturnType<SessionCache['byId']>>): boolean | undefined =>
    found?.holding.held.has('wiki:write');

  test('a change counts from the next call: no session is read for it, and the table once', async () => {
    const { cache, reads, change, letGo, tables } = await edited();
    const before = await cache.byId('s_1', 1);
    if (before !== null) before.derived = {};
    expect(held(before)).toBe(true);
    change([]);
    const asked = [cache.byId('s_1', 1), cache.byTokenKey('token 1', 1)];
    letGo();
    for (const one of asked) expect(await one).toMatchObject({ account_id: 'a_1', derived: null });
    expect(held(await asked[0]!)).toBe(false);
    // In memory again.
    expect(cache.byId('s_1', 1)).not.toBeInstanceOf(Promise);
    expect([reads.reads, tables(), cache.size]).toEqual([1, 2, 1]);
  });

  test('changed again while it is read, it is read again', async () => {
    const { cache, change, letGo, tables } = await edited();
    change([]);
    const asked = Promise.resolve(cache.byId('s_1', 1));
    change(['wiki:write']);
    letGo();
    await vi.waitFor(() => expect(tables()).toBe(3));
    letGo();
    expect(held(await asked)).toBe(true);
  });

  test('a session that ends while the table is read is gone', async () => {
    const { cache, reads, change, letGo } = await edited();
    change([]);
    const asked = Promise.resolve(cache.byId('s_1', 1));
    reads.remove('s_1');
    cache.hear({ kind: 'sessions_ended', account_id: 'a_1', session_ids: ['s_1'], reason: 'revoked' });
    letGo();
    await vi.waitFor(() => expect(reads.held).toBe(1));
    reads.letGo();
    expect(await asked).toBeNull();
  });

  test('one object for all who hold the same', async () => {
    const reads = new HeldReads(live(1), live(2, 'a_2'));
    const cache = new SessionCache(reads, noRoles());
    const both = ['s_1', 's_2'].map(async (id) => cache.byId(id, 1));
    reads.letGo();
    const [one, other] = await Promise.all(both);
    expect(one?.holding).toBe(other?.holding);
  });
});
