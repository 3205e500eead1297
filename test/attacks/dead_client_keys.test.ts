/**
 * [T-43] Whoever holds a client key that has ended tries to keep a connection which was made with it: by signing in and out on
 * it in every order, by being refused, by going on with sessions. Every such connection is closed within a second, however
 * the key came to its end.
 */
import { expect, test } from 'vitest';
import type { Store, Who } from '../../src/server/store/index.js';
import { FakeClock } from '../support/fake_clock.js';
import { administrator, PASSWORD, RawPeer, registered, type SignedIn } from '../support/raw_peer.js';
import { QUICK } from '../support/runs.js';
import { openBesideServer, startServer, type TestServer } from '../support/server.js';
import { stopwatch } from '../support/stopwatch.js';

type Key = { readonly key_id: string; readonly key: Buffer };

/** What may happen on a connection, by what is asked on it. The person has an account and a session elsewhere. */
const DEEDS: Readonly<Record<string, (peer: RawPeer, person: SignedIn, name: string) => Promise<unknown>>> = {
  signs_in: (peer, _person, account_name) =>
    peer.ask('authenticate', { user: { account_name, password: PASSWORD } }),
  mistypes: (peer, _person, account_name) =>
    peer.ask('authenticate', { user: { account_name, password: 'wrong horse battery' } }),
  registers: (peer, _person, account_name) =>
    peer.ask('register', { user: { account_name: `${account_name}.too`, password: PASSWORD } }),
  resumes: (peer, { session_token }) => peer.ask('resume', { session_token }),
  signs_out: (peer) => peer.ask('logout'),
  signs_out_elsewhere: (peer) => peer.ask('logout_all', { keep_current: true }),
  refreshes_in_vain: (peer) => peer.ask('refresh', { refresh_token: `pcr_${'A'.repeat(43)}` }),
  probes: (peer) => peer.ask('probe'),
};

const ALL: readonly string[] = Object.keys(DEEDS);

/** Every order of so many deeds, and of fewer. */
const orders = (most: number): readonly (readonly string[])[] =>
  most === 0 ? [[]] : [[], ...orders(most - 1).flatMap((before) => ALL.map((deed) => [...before, deed]))];
const PAIRS = [...new Map(orders(2).map((deeds) => [deeds.join(), deeds])).values()];
/** In the quick test a quarter for each end of a key: all of them among four. */
const historiesOf = (end: number): readonly (readonly string[])[] => [
  ...(QUICK ? PAIRS.filter((_, index) => index % 4 === end % 4) : PAIRS),
  ['signs_in', 'signs_out', 'signs_in'],
  ['resumes', 'signs_out', 'mistypes', 'probes'],
];

type Scene = { server: TestServer; boss: SignedIn; clock: FakeClock; beside: Store; key: Key };
type End = {
  readonly reason: string;
  readonly expires?: true;
  readonly come: (scene: Scene) => Promise<void>;
};

const host = ({ clock }: Scene): Who => ({ at: clock.now(), actor: { kind: 'host' }, address: 'console' });
const rotation = (overlap_hours: number): End['come'] => {
  return async ({ boss, key: { key_id } }) => {
    await boss.peer.call('rotate_client_key', { key_id, overlap_hours });
  };
};
const MOMENT_MS = 8_000;

/** Every way in which a key ends. The clock moves less than the time for signing in. */
const ENDS: Readonly<Record<string, End>> = {
  'an administrator revokes it': {
    reason: 'revoked',
    come: async ({ boss, key: { key_id } }) => {
      await boss.peer.call('revoke_client_key', { key_id });
    },
  },
  'the host revokes it': {
    reason: 'revoked',
    come: async (scene) => {
      const { key_id } = scene.key;
      await scene.beside.run('revoke_client_key', { who: host(scene), key_id });
    },
  },
  'the host rotates it, without overlap': {
    reason: 'rotated',
    come: async (scene) => {
      const key = Buffer.alloc(32, 7);
      const { key_id } = scene.key;
      await scene.beside.run('rotate_client_key', { who: host(scene), key_id, key, overlap_hours: 0 });
    },
  },
  'it is rotated without overlap': { reason: 'rotated', come: rotation(0) },
  'it is rotated twice': {
    reason: 'rotated',
    come: async (scene) => {
      await rotation(5)(scene);
      await rotation(5)(scene);
    },
  },
  'it reaches its end': {
    reason: 'expired',
    expires: true,
    come: ({ clock }) => {
      clock.advance(MOMENT_MS);
      return Promise.resolve();
    },
  },
};

/** Makes a connection with the key, on which all this has happened. */
async function lived(scene: Scene, deeds: readonly string[], number: number): Promise<RawPeer> {
  const name = `person.${number}`;
  const person = await registered(scene.server, name);
  const peer = await RawPeer.handshaken(scene.server, scene.key);
  for (const deed of deeds) await DEEDS[deed]?.(peer, person, name);
  // Only the connection under test is left of the person.
  await person[Symbol.asyncDispose]();
  expect(peer.closed, deeds.join()).toBe(false);
  return peer;
}

test.each(Object.entries(ENDS).map(([name, end], number) => [name, end, number] as const))(
  '[T-43] when %s, no connection survives its key',
  async (_name, end, number) => {
    const clock = new FakeClock();
    await using server = await startServer({ clock, flags: { 'connections-per-address': '1000' } });
    const boss = await administrator(server);
    const expires = end.expires === undefined ? {} : { expires_at: clock.now() + MOMENT_MS };
    const made = await boss.peer.call('create_client_key', { name: 'stolen', ...expires });
    const key = { key_id: made.client_key.key_id, key: Buffer.from(made.key, 'base64url') };
    const beside = await openBesideServer(server.data_folder);
    const scene: Scene = { server, boss, clock, beside, key };
    try {
      await using bystander = await RawPeer.handshaken(server);
      const histories = historiesOf(number);
      const peers: RawPeer[] = [];
      for (const deeds of histories) peers.push(await lived(scene, deeds, peers.length));
      const elapsed = stopwatch();
      await end.come(scene);
      const told = await Promise.all(
        peers.map(async (peer) => {
          const gone = peer.takeAll().then((all) => all.at(-1));
          return Promise.race([gone, new Promise<null>((resolve) => setTimeout(resolve, 10_000, null))]);
        }),
      );
      expect(elapsed()).toBeLessThan(1_000);
      const event = { event: 'client_key_ended', data: { key_id: key.key_id, reason: end.reason } };
      told.forEach((last, index) => expect(last, `after ${histories[index]?.join()}`).toMatchObject(event));
      // Other keys are not disturbed.
      expect(await bystander.ask('probe')).toMatchObject({ response: 200 });
      expect(await boss.peer.ask('whoami')).toMatchObject({ response: 200 });
    } finally {
      await beside.close();
    }
  },
);
