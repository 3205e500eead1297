/** The effects of the interface with a real server and no terminal: what another session of the same person does here. */
import { describe, expect, test } from 'vitest';
import { createEffects, type RunningEffects } from '../../src/tui/effects/effects.js';
import { initialState } from '../../src/tui/state/model.js';
import { loadedRows } from '../../src/tui/state/paged_list.js';
import { NOBODY } from '../../src/tui/state/person.js';
import { createAppStore, type AppStore } from '../../src/tui/state/store.js';
import { administrator, PASSWORD, registered } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

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

async function connected(server: TestServer): Promise<Person> {
  const store = createAppStore(initialState({ language: 'en', server_label: '', tls: false }));
  const { data_folder } = server;
  const effects = createEffects({ store, data_folder, version: '0.0.0-test', now: () => Date.now() });
  effects.start({ server: null, typed: `${server.host}:${server.port}`, data_folder, keep_folder: null });
  await until(() => store.getState().connection.name === 'ready');
  return {
    store,
    effects,
    notices: () => store.getState().toasts.flatMap(({ said }) => ('key' in said ? [said.key] : [])),
    [Symbol.asyncDispose]: () => effects.close(),
  };
}

async function signedIn(server: TestServer, name: string): Promise<Person> {
  const person = await connected(server);
  expect(await person.effects.signIn(name, PASSWORD)).toMatchObject({ ok: true });
  return person;
}

describe('the first administrator', () => {
  test('is promised to nobody else once there is one, and leaves nothing behind', async () => {
    await using server = await startServer();
    await using here = await connected(server);
    await until(() => here.store.getState().server_info?.setup_required === true);
    const form = { account_name: 'boss.one', password: PASSWORD, setup_code: null };
    expect(await here.effects.register(form)).toMatchObject({ ok: true });
    await until(() => here.store.getState().server_info?.setup_required === false);
    here.effects.refreshList('users');
    await until(() => here.store.getState().person.lists.users.complete);
    expect(await here.effects.signOut()).toMatchObject({ ok: true });
    expect(here.store.getState().person).toBe(NOBODY);
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
