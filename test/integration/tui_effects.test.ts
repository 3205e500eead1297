/** The effects of the interface with a real server and no terminal: what another session of the same person does here. */
import { readFileSync, rmSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEffects, type RunningEffects } from '../../src/tui/effects/effects.js';
import { Keep } from '../../src/tui/keep/index.js';
import { initialState } from '../../src/tui/state/model.js';
import { loadedRows } from '../../src/tui/state/paged_list.js';
import { NOBODY } from '../../src/tui/state/person.js';
import { queryKey, setQuery } from '../../src/tui/state/index.js';
import type { StartAs } from '../../src/tui/reach/index.js';
import { createAppStore, type AppStore } from '../../src/tui/state/store.js';
import { CutProxy } from '../support/cut_proxy.js';
import { freshDatabase, postgresAvailable } from '../support/fresh_database.js';
import { administrator, PASSWORD, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

type Person = AsyncDisposable & {
  readonly store: AppStore;
  readonly effects: RunningEffects;
  /** Keys of what is told in passing. */
  notices(): string[];
};

async function until(holds: () => boolean): Promise<void> {
  for (let tries = 0; tries < 800 && !holds(); tries += 1)
    await new Promise((resolve) => setTimeout(resolve, 25));
  expect(holds()).toBe(true);
}

async function connected(
  server: TestServer,
  typed?: string,
  keep: Keep | null = null,
  who?: StartAs,
): Promise<Person> {
  const store = createAppStore(initialState({ language: 'en', server_label: '', tls: false }));
  const { data_folder } = server;
  const effects = createEffects({ store, data_folder, version: '0.0.0-test', now: () => Date.now(), keep });
  const choice = {
    server: null,
    typed: typed ?? `${server.host}:${server.port}`,
    data_folder,
    keep_folder: null,
  };
  effects.start(choice, who);
  await until(() => store.getState().connection.name === 'ready');
  return {
    store,
    effects,
    notices: () => store.getState().toasts.flatMap(({ said }) => ('key' in said ? [said.key] : [])),
    [Symbol.asyncDispose]: () => effects.close(),
  };
}

async function signedIn(server: TestServer, name: string, typed?: string): Promise<Person> {
  const person = await connected(server, typed);
  expect(await person.effects.signIn(name, PASSWORD)).toMatchObject({ ok: true });
  return person;
}

describe('the first administrator', () => {
  test('is promised to nobody else once there is one, and leaves nothing behind', async () => {
    await using server = await startServer();
    await using here = await connected(server);
    await until(() => here.store.getState().server_info?.setup_required === true);
    const form = { account_name: 'boss.one', password: PASSWORD, setup_code: null, person: {} };
    expect(await here.effects.register(form)).toMatchObject({ ok: true });
    await until(() => here.store.getState().server_info?.setup_required === false);
    here.effects.refreshList('users');
    await until(() => here.store.getState().person.lists.users.complete);
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    expect(here.store.getState().person).toBe(NOBODY);
  });
});

describe('the place of the first administrator', () => {
  const promised = ({ store }: Person): boolean | undefined => store.getState().server_info?.setup_required;
  const form = { account_name: 'boss.one', password: PASSWORD, setup_code: null, person: {} };

  test('is promised no more after its owner has signed out, also where the sign-in was another one', async () => {
    await using server = await startServer();
    await using here = await connected(server);
    await until(() => promised(here) === true);
    expect(await here.effects.register(form)).toMatchObject({ ok: true });
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    await until(() => promised(here) === false);
    expect(here.store.getState().screens.map(({ name }) => name)).toEqual(['sign_in']);
  });

  test('is promised no more once somebody took it in another terminal', async () => {
    await using server = await startServer();
    await using watching = await connected(server);
    await using signs_in = await connected(server);
    await until(() => promised(watching) === true && promised(signs_in) === true);
    await using other = await connected(server);
    await until(() => promised(other) === true);
    expect(await other.effects.register(form)).toMatchObject({ ok: true });
    await until(() => promised(watching) === false);
    // Without waiting for it, too.
    expect(await signs_in.effects.signIn('boss.one', PASSWORD)).toMatchObject({ ok: true });
    expect(await signs_in.effects.signOut()).toMatchObject({ ok: true });
    await until(() => promised(signs_in) === false);
  });

  test('is not promised with a setup code that the server did not take: it is asked for', async () => {
    await using server = await startServer();
    const file = join(server.data_folder, 'setup_code');
    const code = readFileSync(file, 'utf8').trim();
    const other = code.slice(0, -1) + (code.endsWith('x') ? 'y' : 'x');
    writeFileSync(file, other);
    await using here = await connected(server);
    const info = () => here.store.getState().server_info;
    await until(() => info()?.setup_code_found === true);
    expect(await here.effects.register(form)).toMatchObject({
      ok: false,
      problem: { code: 'setup_code_invalid' },
    });
    expect(info()).toMatchObject({ setup_required: true, setup_code_found: false });
    expect(await here.effects.register({ ...form, setup_code: code })).toMatchObject({ ok: true });
    expect(here.store.getState().person.session?.account.roles).toContain('admin');
  });
});

describe('a server that registers whoever signs in', () => {
  test('says so before, and whose account it made', async () => {
    await using server = await startServer({ flags: { 'auto-register': 'on' } });
    await using here = await connected(server);
    await until(() => here.store.getState().server_info !== null);
    expect(here.store.getState().server_info).toMatchObject({ auto_register: true });
    expect(await here.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
    expect(here.store.getState().toasts.map(({ said }) => said)).toEqual([
      { key: 'account_made', params: { name: 'anna.one' } },
    ]);
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    expect(await here.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
    expect(here.notices()).toEqual([]);
  });

  test('any other says nothing of the kind', async () => {
    await using server = await startServer();
    await using here = await connected(server);
    await until(() => here.store.getState().server_info !== null);
    expect(here.store.getState().server_info?.auto_register).toBe(false);
    expect(await here.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: false });
  });
});

describe('[T-48] a device on which somebody has signed in before', () => {
  test('is known when the interface is opened again, however many wrong guesses there were', async () => {
    const folder = temporaryFolder();
    const keep = new Keep(join(folder, 'portcullis'), () => Date.now());
    try {
      await using server = await startServer({ flags: { throttle: 'on' } });
      await using _anna = await registered(server, 'anna.one');
      {
        await using here = await connected(server, undefined, keep);
        expect(await here.effects.signIn('Anna.One', PASSWORD)).toMatchObject({ ok: true });
        expect(await here.effects.signOut()).toMatchObject({ ok: true });
      }
      await using stranger = await RawPeer.handshaken(server);
      const guess = { user: { account_name: 'anna.one', password: 'a wrong horse battery' } };
      for (let code: unknown = null; code !== 'throttled';)
        code = (await stranger.ask('authenticate', guess))['code'];
      await using nobody = await connected(server);
      expect(await nobody.effects.signIn('anna.one', PASSWORD)).toMatchObject({
        ok: false,
        problem: { code: 'throttled' },
      });
      await using again = await connected(server, undefined, keep);
      expect(await again.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  });
});

describe('several accounts of one machine', () => {
  const NEW: StartAs = { as: null, anew: true };
  const nameAt = ({ store }: Person): string | null =>
    store.getState().person.session?.account.account_name ?? null;
  const names = ({ effects }: Person): string[] =>
    effects.keptAccounts().map(({ account_name, current }) => `${account_name}${current ? ' *' : ''}`);

  async function inFolder(work: (open: (who?: StartAs) => Promise<Person>) => Promise<void>): Promise<void> {
    const folder = temporaryFolder();
    const keep = new Keep(join(folder, 'portcullis'), () => Date.now());
    try {
      await using server = await startServer();
      for (const name of ['anna.one', 'boris.one'])
        await (await registered(server, name)).peer[Symbol.asyncDispose]();
      await work((who) => connected(server, undefined, keep, who));
    } finally {
      rmSync(folder, { recursive: true, force: true });
    }
  }

  test('a second terminal for somebody else touches nothing of the first; a plain start is the one used last', () =>
    inFolder(async (open) => {
      await using first = await open();
      expect(await first.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
      await using second = await open(NEW);
      expect(second.store.getState()).toMatchObject({ resuming: null, person: NOBODY });
      expect(names(second)).toEqual(['anna.one']);
      expect(await second.effects.signIn('boris.one', PASSWORD)).toMatchObject({ ok: true });
      expect(names(second)).toEqual(['boris.one *', 'anna.one']);
      expect(names(first)).toEqual(['boris.one', 'anna.one *']);
      expect(await first.effects.readProfile()).toMatchObject({
        ok: true,
        value: { account_name: 'anna.one' },
      });

      await using third = await open();
      await until(() => nameAt(third) === 'boris.one');
      await using fourth = await open({ as: 'ANNA.one', anew: false });
      await until(() => nameAt(fourth) === 'anna.one');
      await until(() => names(fourth)[0] === 'anna.one *');
      await using fifth = await open();
      await until(() => nameAt(fifth) === 'anna.one');
      await using sixth = await open({ as: 'clara', anew: false });
      expect(nameAt(sixth)).toBe(null);
      expect(sixth.notices()).toEqual(['account_not_kept']);
    }));

  test('goes on as another one and back, and signs in as somebody else; what was left lives on', () =>
    inFolder(async (open) => {
      await using here = await open();
      expect(await here.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
      here.effects.signInAsAnother();
      await until(() => here.store.getState().connection.name === 'ready');
      expect(nameAt(here)).toBe(null);
      expect(names(here)).toEqual(['anna.one']);
      expect(await here.effects.signIn('boris.one', PASSWORD)).toMatchObject({ ok: true });
      // What was set for the program is nobody's own.
      here.store.setState({ asks_before_quitting: false });
      for (const name of ['anna.one', 'boris.one', 'anna.one']) {
        const { id } = here.effects.keptAccounts().find(({ account_name }) => account_name === name)!;
        expect(here.effects.switchAccount(id)).toMatchObject({ ok: true });
        await until(() => nameAt(here) === name);
        await until(() => names(here)[0] === `${name} *`);
      }
      expect(here.effects.switchAccount('nobody')).toMatchObject({
        ok: false,
        problem: { code: 'not_found' },
      });
      expect(nameAt(here)).toBe('anna.one');
      expect(here.store.getState().asks_before_quitting).toBe(false);
    }));

  test('a session that others are in as well says so, and they are told a sentence when it ends', () =>
    inFolder(async (open) => {
      await using first = await open();
      expect(first.effects.sharesSession()).toBe(false);
      expect(await first.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
      await using second = await open();
      await until(() => nameAt(second) === 'anna.one');
      expect([first.effects.sharesSession(), second.effects.sharesSession()]).toEqual([true, true]);
      expect(await second.effects.signOut()).toMatchObject({ ok: true });
      await until(() => nameAt(first) === null);
      expect(first.store.getState().signed_out_reason).toBe('signed_out');
      expect(names(first)).toEqual([]);
      // One that isn't kept is nobody else's.
      await using alone = await open();
      alone.effects.keepSignedIn(false);
      expect(await alone.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
      expect(alone.effects.sharesSession()).toBe(false);
    }));

  test('forgetting one ends its session wherever it is open, and no other one', () =>
    inFolder(async (open) => {
      await using annas = await open();
      expect(await annas.effects.signIn('anna.one', PASSWORD)).toMatchObject({ ok: true });
      await using here = await open(NEW);
      expect(await here.effects.signIn('boris.one', PASSWORD)).toMatchObject({ ok: true });
      const [boris, anna] = here.effects.keptAccounts();
      expect(await here.effects.forgetAccount(anna!.id)).toEqual({ ok: true, value: null });
      expect(names(here)).toEqual(['boris.one *']);
      await until(() => annas.store.getState().signed_out_reason === 'signed_out');
      expect(nameAt(here)).toBe('boris.one');
      // The one that is signed in here: signing out.
      expect(await here.effects.forgetAccount(boris!.id)).toEqual({ ok: true, value: null });
      expect([nameAt(here), names(here)]).toEqual([null, []]);
    }));
});

describe('another session of the same person', () => {
  test('what it changes is told without naming somebody else; who changed it is told nothing', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using other = await signedIn(server, 'boss.one');
    await using here = await signedIn(server, 'boss.one');
    const { version } = here.store.getState().person.session!.account;
    expect(await here.effects.updateProfile({ bio: 'two\nlines' }, version)).toMatchObject({ ok: true });
    await until(() => other.notices().length > 0);
    expect(other.notices()).toEqual(['account_changed_notice']);
    expect(other.store.getState().person.session?.account.bio).toBe('two\nlines');
    expect(here.notices()).toEqual([]);

    await using anna = await registered(server, 'anna.one');
    await using annas = await signedIn(server, 'anna.one');
    expect(await here.effects.assignRole(anna.account_id, 'moderator')).toMatchObject({ ok: true });
    await until(() => annas.notices().length > 0);
    expect(annas.notices()).toEqual(['roles_changed_notice']);
  });
  test('this session stands first, whichever was used last', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    await using other = await signedIn(server, 'boss.one');
    await boss.peer.call('whoami', {});
    await other.effects.readProfile();
    here.effects.loadScreen({ name: 'home' });
    await until(() => here.store.getState().person.lists.sessions.complete);
    const { session, lists } = here.store.getState().person;
    const sessions = loadedRows(lists.sessions);
    expect(sessions).toHaveLength(3);
    expect(sessions[0]?.session_id).toBe(session?.session_id);
  });
});

describe.skipIf(!postgresAvailable())('a database that is away', () => {
  test('is told once for what is shown already, and forgotten when all is read anew by itself', async () => {
    await using database = await freshDatabase();
    const url = new URL(database.url);
    await using proxy = await CutProxy.to(url.hostname, Number(url.port));
    url.port = String(proxy.port);
    await using server = await startServer({ database: url.href });
    await using _boss = await administrator(server, 'boss.one');
    await using here = await signedIn(server, 'boss.one');
    const { effects, store } = here;
    const lists = () => store.getState().person.lists;
    const told = (): string[] =>
      store.getState().toasts.flatMap(({ said }) => ('problem' in said ? [said.problem.code] : []));
    effects.loadScreen({ name: 'home' });
    await until(() => lists().sessions.complete && lists().history.shown_key !== '');
    proxy.cutAll();
    effects.loadScreen({ name: 'home' });
    await until(() => lists().sessions.problem !== null && lists().history.problem !== null);
    expect(told()).toEqual(['storage_unavailable']);
    expect(loadedRows(lists().sessions).length).toBeGreaterThan(0);
    proxy.mend();
    await until(() => lists().sessions.problem === null && lists().history.problem === null);
    expect(told()).toEqual([]);
  });
});

describe('client keys', () => {
  const rows = ({ store }: Person) => loadedRows(store.getState().person.lists.client_keys);
  const made = async (person: Person, name: string, days: number | null = null) => {
    const outcome = await person.effects.createClientKey(name, days, []);
    if (!outcome.ok) throw new Error(outcome.problem.code);
    return outcome.value;
  };
  /** Everything that the interface holds, as text. */
  const held = ({ store }: Person): string =>
    JSON.stringify(store.getState(), (_name, value: unknown) => (value instanceof Map ? [...value] : value));

  test('what programs may do by one is given with it and changed, and shown as it is', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using boss = await signedIn(server, 'boss.one');
    const outcome = await boss.effects.createClientKey('wiki', null, ['tokens.verify']);
    if (!outcome.ok) throw new Error(outcome.problem.code);
    const { key_id, permissions } = outcome.value.client_key;
    expect(permissions).toEqual(['tokens.verify']);
    expect(await boss.effects.updateClientKey(key_id, ['permissions.check'])).toEqual({
      ok: true,
      value: null,
    });
    await until(() =>
      rows(boss).some((key) => key.key_id === key_id && key.permissions?.[0] === 'permissions.check'),
    );
    expect(await boss.effects.updateClientKey('k_00000000000000000000', [])).toMatchObject({
      ok: false,
      problem: { code: 'not_found' },
    });
  });

  test('made, listed with `local` first, found by name and id; the key itself is in no state', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    const reports = await made(here, 'Nightly reports', 30);
    const build = await made(here, 'build machine');
    here.effects.loadScreen({ name: 'client_keys' });
    await until(() => rows(here).length === 3);
    expect(rows(here)[0]?.key_id).toBe('local');
    expect(here.effects.keyInUse()).toBe('local');
    const days_left =
      ((rows(here).find(({ name }) => name === 'Nightly reports')?.expires_at ?? 0) - Date.now()) /
      86_400_000;
    expect(days_left).toBeGreaterThan(29.9);
    expect(days_left).toBeLessThan(30.1);
    for (const { connection_key } of [reports, build]) {
      const [, key = ''] = connection_key.split('.');
      expect(key).toHaveLength(43);
      expect(held(here)).not.toContain(key);
    }
    for (const [search, found] of [
      ['REPORTS', [reports.client_key.key_id]],
      [build.client_key.key_id.slice(5, 15), [build.client_key.key_id]],
      ['local', ['local']],
      ['nobody', []],
    ] as const) {
      const query = { ...here.store.getState().person.lists.client_keys.query, search };
      here.store.setState(setQuery('client_keys', query));
      here.effects.ensureRows('client_keys', 0, 10);
      await until(() => here.store.getState().person.lists.client_keys.shown_key === queryKey(query));
      expect(rows(here).map(({ key_id }) => key_id)).toEqual(found);
    }
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    expect(here.store.getState().person).toBe(NOBODY);
  });

  test('the string of a new key opens the door; revoked by another, its connections are closed and told', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    const { client_key, connection_string } = await made(here, 'build machine');
    await using there = await connected(server, connection_string);
    expect(there.effects.keyInUse()).toBe(client_key.key_id);
    expect(await here.effects.revokeClientKey(client_key.key_id)).toMatchObject({ ok: true });
    await until(() => there.store.getState().connection.name === 'closed');
    expect(there.notices()).toEqual(['client_key_revoked']);
    expect(here.store.getState().connection.name).toBe('ready');
    await until(() => rows(here).some(({ revoked_at }) => revoked_at !== null));
    expect(await here.effects.revokeClientKey(client_key.key_id)).toMatchObject({
      ok: false,
      problem: { code: 'not_found' },
    });
  });

  test('rotated: both open the door while they overlap, then the next one alone', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    const first = await made(here, 'build machine');
    const { key_id } = first.client_key;
    const next = await here.effects.rotateClientKey(key_id, 1);
    if (!next.ok) throw new Error(next.problem.code);
    expect(next.value.client_key.current?.not_after).toBeGreaterThan(Date.now());
    await using older = await connected(server, first.connection_string);
    await using newer = await connected(server, next.value.connection_string);
    const last = await here.effects.rotateClientKey(key_id, 0);
    if (!last.ok) throw new Error(last.problem.code);
    await until(() => older.store.getState().connection.name === 'closed');
    await until(() => newer.store.getState().connection.name === 'closed');
    expect(newer.notices()).toEqual(['client_key_rotated']);
    await using _last = await connected(server, last.value.connection_string);
  });

  test('the key of the own connection: the answer comes first, then the line is closed and nothing more is tried', async () => {
    await using server = await startServer();
    await using boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    const { client_key, connection_string } = await made(here, 'my own');
    await using mine = await signedIn(server, 'boss.one', connection_string);
    mine.effects.refreshList('client_keys');
    await until(() => rows(mine).length === 2);
    expect(await mine.effects.revokeClientKey(client_key.key_id)).toMatchObject({ ok: true });
    await until(() => mine.store.getState().connection.name === 'closed');
    expect(mine.notices()).toEqual(['client_key_revoked']);
    expect(rows(mine).filter(({ revoked_at }) => revoked_at !== null)).toHaveLength(1);
    expect(await boss.peer.ask('whoami')).toMatchObject({ response: 200 });
  });

  test('who may not is refused, and nothing is shown', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using _anna = await registered(server, 'anna.one');
    await using annas = await signedIn(server, 'anna.one');
    annas.effects.refreshList('client_keys');
    await until(() => annas.store.getState().person.lists.client_keys.problem !== null);
    expect(annas.store.getState().person.lists.client_keys.problem?.code).toBe('forbidden');
    expect(rows(annas)).toEqual([]);
    expect(await annas.effects.createClientKey('x', null, [])).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
  });
});

describe('roles', () => {
  const rows = ({ store }: Person) => loadedRows(store.getState().person.lists.roles);
  const names = (person: Person): readonly string[] => rows(person).map(({ role }) => role);
  const form = (permissions: readonly string[], role = 'editor') => ({
    role,
    description: 'keeps the wiki',
    permissions,
  });
  const screens = ({ store }: Person) => store.getState().screens.map(({ name }) => name);
  const may = ({ store }: Person): string => store.getState().person.session?.permissions.join(' ') ?? '';

  test('made, listed behind the built-in ones, found and sorted, changed and deleted', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    const made = await here.effects.createRole(form(['users.read', 'wiki:write']));
    expect(made).toMatchObject({ ok: true, value: { role: 'editor', version: 1 } });
    expect(
      await here.effects.createRole({ ...form(['read'], 'archivist'), description: null }),
    ).toMatchObject({ ok: true, value: { description: null } });
    here.effects.loadScreen({ name: 'roles' });
    await until(() => rows(here).length === 5);
    expect(names(here)).toEqual(['user', 'moderator', 'admin', 'archivist', 'editor']);
    const asked = async (change: object): Promise<readonly string[]> => {
      const query = { ...here.store.getState().person.lists.roles.query, ...change };
      here.store.setState(setQuery('roles', query));
      here.effects.ensureRows('roles', 0, 10);
      await until(() => here.store.getState().person.lists.roles.shown_key === queryKey(query));
      return names(here);
    };
    expect(await asked({ search: 'WIKI:' })).toEqual(['editor']);
    expect(await asked({ search: 'read !wiki' })).toEqual(['user', 'moderator', 'admin', 'archivist']);
    expect(await asked({ search: '', sort: 'count' })).toEqual([
      'archivist',
      'user',
      'editor',
      'moderator',
      'admin',
    ]);
    expect((await asked({ sort: 'updated_at', descending: true }))[0]).toBe('archivist');
    // Whatever is asked of the list, all of them are known.
    await asked({ search: 'nobody', sort: null, descending: false });
    expect(here.store.getState().person.roles).toHaveLength(5);
    await asked({ search: '' });
    expect(await here.effects.updateRole(form(['wiki:write', 'wiki:read']), 1)).toMatchObject({
      ok: true,
      value: { version: 2, permissions: ['wiki:read', 'wiki:write'] },
    });
    await until(() => rows(here).some(({ role, version }) => role === 'editor' && version === 2));
    expect(await here.effects.deleteRole('editor')).toMatchObject({ ok: true });
    await until(() => !names(here).includes('editor'));
    expect(await here.effects.readRole('editor')).toMatchObject({
      ok: false,
      problem: { code: 'not_found' },
    });
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    expect(here.store.getState().person).toBe(NOBODY);
  });

  test('taken, stale, in use by so many, built in: each is told, and the list is read anew', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    await using there = await signedIn(server, 'boss.one');
    await using anna = await registered(server, 'anna.one');
    await using bert = await registered(server, 'bert.one');
    expect(await here.effects.createRole(form(['read']))).toMatchObject({ ok: true });
    expect(await here.effects.createRole(form(['read']))).toMatchObject({
      ok: false,
      problem: { code: 'role_taken' },
    });
    expect(await there.effects.updateRole(form(['read', 'write']), 1)).toMatchObject({ ok: true });
    expect(await here.effects.updateRole(form([]), 1)).toMatchObject({
      ok: false,
      problem: { code: 'stale_version' },
    });
    await until(() => rows(here).some(({ version }) => version === 2));
    expect(await here.effects.readRole('editor')).toMatchObject({
      ok: true,
      value: { permissions: ['read', 'write'], version: 2 },
    });
    expect(await here.effects.holdersOf('editor')).toEqual({ ok: true, value: { count: 0, exact: true } });
    for (const { account_id } of [anna, bert])
      expect(await here.effects.assignRole(account_id, 'editor')).toMatchObject({ ok: true });
    expect(await here.effects.holdersOf('editor')).toEqual({ ok: true, value: { count: 2, exact: true } });
    expect(await here.effects.deleteRole('editor')).toMatchObject({
      ok: false,
      problem: { code: 'role_in_use', accounts: 2 },
    });
    expect(await here.effects.deleteRole('moderator')).toMatchObject({
      ok: false,
      problem: { code: 'role_built_in' },
    });
  });

  test('who may not is refused, and who may makes none of what they do not hold', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    await using anna = await registered(server, 'anna.one');
    await using annas = await signedIn(server, 'anna.one');
    const forbidden = { ok: false, problem: { code: 'forbidden' } };
    annas.effects.refreshList('roles');
    await until(() => annas.store.getState().person.lists.roles.problem !== null);
    expect(annas.store.getState().person.lists.roles.problem?.code).toBe('forbidden');
    expect(annas.store.getState().person.roles).toBeNull();
    expect(await annas.effects.createRole(form(['read']))).toMatchObject(forbidden);
    await here.effects.createRole(form(['roles.manage', 'users.read', 'wiki:read'], 'helper'));
    await here.effects.assignRole(anna.account_id, 'helper');
    await until(() => may(annas).includes('roles.manage'));
    expect(await annas.effects.createRole(form(['read', 'wiki:read']))).toMatchObject({ ok: true });
    for (const beyond of ['users.delete', 'wiki:write', 'admin'])
      expect(await annas.effects.createRole(form([beyond], 'beyond'))).toMatchObject(forbidden);
  });

  test('a role of the same name that permits something else is heard: tabs and screens follow, and it is told', async () => {
    await using server = await startServer();
    await using _boss = await administrator(server);
    await using here = await signedIn(server, 'boss.one');
    await using anna = await registered(server, 'anna.one');
    await here.effects.createRole(form(['users.read', 'users.suspend']));
    await here.effects.assignRole(anna.account_id, 'editor');
    await using annas = await signedIn(server, 'anna.one');
    expect(may(annas)).toBe('users.read users.suspend');
    annas.store.setState({ screens: [{ name: 'users' }, { name: 'roles' }] });
    annas.effects.loadScreen({ name: 'roles' });
    await until(() => rows(annas).length === 4);

    await here.effects.updateRole(form(['server.read', 'users.read']), 1);
    await until(() => may(annas) === 'server.read users.read');
    expect(annas.notices()).toEqual(['permissions_changed_notice']);
    expect(screens(annas)).toEqual(['users', 'roles']);
    await until(() => rows(annas).some(({ role, version }) => role === 'editor' && version === 2));

    await here.effects.updateRole(form([]), 2);
    await until(() => may(annas) === '');
    expect(screens(annas)).toEqual(['home']);
    expect(annas.store.getState().person.roles).toBeNull();
    expect(rows(annas)).toEqual([]);
    // Nothing is asked for that is refused by now.
    expect(annas.store.getState().person.lists.roles.problem).toBeNull();
    expect(annas.store.getState().toasts.filter(({ said }) => 'problem' in said)).toEqual([]);
  });
});
