/** The effects of the interface with a real server and no terminal: what another session of the same person does here. */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { createEffects, type RunningEffects } from '../../src/tui/effects/effects.js';
import { Keep } from '../../src/tui/keep/index.js';
import { initialState } from '../../src/tui/state/model.js';
import { loadedRows } from '../../src/tui/state/paged_list.js';
import { NOBODY } from '../../src/tui/state/person.js';
import { queryKey, setQuery } from '../../src/tui/state/index.js';
import { createAppStore, type AppStore } from '../../src/tui/state/store.js';
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

async function connected(server: TestServer, typed?: string, keep: Keep | null = null): Promise<Person> {
  const store = createAppStore(initialState({ language: 'en', server_label: '', tls: false }));
  const { data_folder } = server;
  const effects = createEffects({ store, data_folder, version: '0.0.0-test', now: () => Date.now(), keep });
  const choice = {
    server: null,
    typed: typed ?? `${server.host}:${server.port}`,
    data_folder,
    keep_folder: null,
  };
  effects.start(choice);
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

describe('client keys', () => {
  const rows = ({ store }: Person) => loadedRows(store.getState().person.lists.client_keys);
  const made = async (person: Person, name: string, days: number | null = null) => {
    const outcome = await person.effects.createClientKey(name, days);
    if (!outcome.ok) throw new Error(outcome.problem.code);
    return outcome.value;
  };
  /** Everything that the interface holds, as text. */
  const held = ({ store }: Person): string =>
    JSON.stringify(store.getState(), (_name, value: unknown) => (value instanceof Map ? [...value] : value));

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
    expect(await annas.effects.createClientKey('x', null)).toMatchObject({
      ok: false,
      problem: { code: 'forbidden' },
    });
  });
});
