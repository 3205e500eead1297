/** T-49: one account, or a crowd of them, takes all the places it can get. Others come in all the same, and it is told. */
import { rmSync } from 'node:fs';
import { setTimeout as sleep } from 'node:timers/promises';
import { afterEach, beforeEach, expect, test } from 'vitest';
import type { JsonObject } from '../../src/protocol/index.js';
import {
  administrator,
  authenticated,
  PASSWORD,
  RawPeer,
  registered,
  resumed,
  type SignedIn,
} from '../support/raw_peer.js';
import { expectRefusal } from '../support/replies.js';
import { startServer, temporaryFolder, type TestServer } from '../support/server.js';

let data: string;
beforeEach(() => void (data = temporaryFolder()));
afterEach(() => rmSync(data, { recursive: true, force: true }));

type Warning = { cap: string; turned_away: number; closed: number; account_id?: string };

/** The lines by which whoever runs the server hears of it. */
function warnings({ log_lines }: TestServer): Warning[] {
  return log_lines
    .filter((line) => line.includes('"level":"WARN"') && line.includes('"cap"'))
    .map((line) => JSON.parse(line) as Warning);
}

/** Goes on with a session on so many new connections; gives those that got in, and what the others were told. */
async function crowd(
  server: TestServer,
  session_token: string,
  count: number,
): Promise<{ inside: RawPeer[]; refused: JsonObject[] }> {
  const inside: RawPeer[] = [];
  const refused: JsonObject[] = [];
  for (let n = 0; n < count; n += 1) {
    const peer = await RawPeer.handshaken(server);
    const reply = await peer.ask('resume', { session_token });
    if (reply['response'] === 200) inside.push(peer);
    else {
      refused.push(reply);
      await peer.gone();
    }
  }
  return { inside, refused };
}

const open = (peers: readonly RawPeer[]): number => peers.filter(({ closed }) => !closed).length;

/** Waits until nothing more is closed. */
const settle = (): Promise<void> => sleep(100);

test('[T-49] a session has twenty connections, not one more; the twenty go on', async () => {
  await using server = await startServer();
  await using anna = await registered(server, 'anna');
  const { inside, refused } = await crowd(server, anna.session_token, 25);
  expect(inside).toHaveLength(19);
  for (const reply of refused) expectRefusal(reply, 'too_many_connections');
  for (const peer of [anna.peer, ...inside]) await peer.call('whoami');
  // One that goes makes room for one that comes.
  await inside[0]?.[Symbol.asyncDispose]();
  await settle();
  await using again = await resumed(server, anna.session_token);
  await again.call('whoami');
  // One line, however often: the rest is told a minute later.
  expect(warnings(server)).toEqual([
    expect.objectContaining({ cap: 'session', turned_away: 1, account_id: anna.account_id }),
  ]);
  for (const peer of inside) await peer[Symbol.asyncDispose]();
});

test('[T-49] whoever holds the places of an account with a stolen session does not lock its owner out', async () => {
  await using server = await startServer({
    flags: { 'signed-in-per-account': '12', 'signed-in-per-session': '8' },
  });
  await using stolen = await registered(server, 'anna');
  await using other = await authenticated(server, 'anna');
  const thief = await crowd(server, stolen.session_token, 20);
  const second = await crowd(server, other.session_token, 20);
  expect(open([stolen.peer, ...thief.inside, other.peer, ...second.inside])).toBe(12);
  // Two sessions share the account's places evenly, whoever was there first.
  expect(open([other.peer, ...second.inside])).toBeGreaterThanOrEqual(5);

  await using owner = await authenticated(server, 'anna');
  await settle();
  const all = [stolen.peer, ...thief.inside, other.peer, ...second.inside, owner.peer];
  expect(open(all)).toBe(12);
  // And on the device of hers that has one connection, nobody closes it.
  await crowd(server, stolen.session_token, 5);
  await owner.peer.call('whoami');
  await owner.peer.call('revoke_session', { session_id: stolen.session_id });
  await Promise.all([stolen.peer, ...thief.inside].map((peer) => peer.gone()));
  for (const peer of all) await peer[Symbol.asyncDispose]();
});

test('[T-49] the one that gives way is told why', async () => {
  await using server = await startServer({ flags: { 'signed-in-per-account': '3' } });
  await using anna = await registered(server, 'anna');
  const { inside } = await crowd(server, anna.session_token, 2);
  await using owner = await authenticated(server, 'anna');
  const newest = inside.at(-1);
  expectRefusal((await newest?.take()) ?? undefined, 'too_many_connections');
  await newest?.gone();
  expect(newest?.broken).toBeNull();
  for (const peer of [anna.peer, inside[0], owner.peer]) await peer?.call('whoami');
  expect(warnings(server)).toEqual([expect.objectContaining({ cap: 'account', closed: 1 })]);
});

test('[T-49] accounts of one address share its places: one with many leaves some to one with few', async () => {
  await using server = await startServer({ flags: { 'signed-in-per-address': '10' } });
  await using greedy = await registered(server, 'greedy');
  const { inside, refused } = await crowd(server, greedy.session_token, 15);
  expect(inside).toHaveLength(9);
  expect(refused).toHaveLength(6);
  const neighbours: SignedIn[] = [];
  for (let n = 0; n < 4; n += 1) neighbours.push(await registered(server, `neighbour.n${n}`));
  await settle();
  expect(open([greedy.peer, ...inside])).toBe(6);
  for (const { peer } of neighbours) await peer.call('whoami');
  for (const { peer } of neighbours) await peer[Symbol.asyncDispose]();
  for (const peer of inside) await peer[Symbol.asyncDispose]();
});

test('[T-49] a crowd of accounts: strangers and administrators come in, and each newcomer gets a place of whoever has most', async () => {
  const flags = { 'connections-max': '40', 'signed-in-per-account': '40', 'signed-in-per-session': '40' };
  await using server = await startServer({ flags });
  const boss = await administrator(server);
  await boss.peer[Symbol.asyncDispose]();
  await using first = await registered(server, 'first');
  await using second = await registered(server, 'second');
  const a = await crowd(server, first.session_token, 40);
  const b = await crowd(server, second.session_token, 40);
  const all = [first.peer, ...a.inside, second.peer, ...b.inside];
  await settle();
  // A tenth is kept for strangers, a twentieth for those who may suspend accounts.
  expect(open(all)).toBe(34);
  for (const reply of [...a.refused, ...b.refused]) expectRefusal(reply, 'too_many_connections');

  // Those who can end it take a kept place, and nobody is closed for them.
  await using admin = await resumed(server, boss.session_token);
  await admin.call('list_users');
  expect(open(all)).toBe(34);
  // A newcomer of another account gets one of theirs.
  await using carl = await registered(server, 'carl');
  await carl.peer.call('whoami');
  await settle();
  expect(open(all)).toBe(33);

  // So can programs that sign nobody in.
  await using service = await RawPeer.handshaken(server);
  await service.call('verify_token', { token: first.session_token });
  expect(new Set(warnings(server).map(({ cap }) => cap))).toEqual(new Set(['signed_in']));
  for (const peer of all) await peer[Symbol.asyncDispose]();
});

test('[T-49] counts follow who is signed in: out, in as another, and out again', async () => {
  await using server = await startServer({
    flags: { 'signed-in-per-account': '2', 'connections-per-address': '4' },
  });
  await using anna = await registered(server, 'anna');
  await using boris = await registered(server, 'boris');
  const user = (account_name: string): object => ({ user: { account_name, password: PASSWORD } });
  // More often than there are places: one that was not given back would show.
  for (let round = 0; round < 6; round += 1) {
    await using peer = await RawPeer.handshaken(server);
    for (const name of ['anna', 'boris', 'anna']) {
      await peer.call('authenticate', user(name));
      await peer.call('logout');
    }
    await peer.call('authenticate', user(round % 2 === 0 ? 'anna' : 'boris'));
  }
  await anna.peer.call('whoami');
  await boris.peer.call('whoami');

  // Signed out is a stranger like any other: a fifth of an address has no place.
  const peers: RawPeer[] = [];
  for (let n = 0; n < 5; n += 1) peers.push((await registered(server, `guest.n${n}`)).peer);
  for (const peer of peers.slice(0, 4)) await peer.call('logout');
  await peers[4]?.call('logout');
  expectRefusal((await peers[4]?.take()) ?? undefined, 'too_many_connections');
  await peers[4]?.gone();
  for (const peer of peers.slice(0, 4)) await peer.call('probe');
  for (const peer of peers) await peer[Symbol.asyncDispose]();
});
