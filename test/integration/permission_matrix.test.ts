/** docs/permissions.md against a running server: each cell is asked for, by its very text. */
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { accessOf, ACTION_NAMES, ACTIONS, isActionName, type ActionSpec } from '../../src/protocol/index.js';
import { administrator, RawPeer, registered } from '../support/raw_peer.js';
import { startServer, type TestServer } from '../support/server.js';

const PAGE = readFileSync(join(import.meta.dirname, '../../docs/permissions.md'), 'utf8');
/** Action and cells of a row; the first is that of the titles. */
const ROWS = PAGE.split('\n').flatMap((line) => {
  if (!line.startsWith('| ')) return [];
  const [action = '', , ...cells] = line
    .split('|')
    .slice(1, -1)
    .map((cell) => cell.trim().replaceAll('`', ''));
  return [[action, cells] as const];
});
const [[, callers] = ['', []], ...actions] = ROWS;

let server: TestServer;
const peers: Record<string, { readonly peer: RawPeer; readonly account_id: string }> = {};

beforeAll(async () => {
  server = await startServer();
  const boss = await administrator(server);
  const moderator = await registered(server, 'mod.one');
  await boss.peer.call('assign_role', { account_id: moderator.account_id, role: 'moderator' });
  peers['nobody'] = { peer: await RawPeer.handshaken(server), account_id: '' };
  peers['user'] = await registered(server, 'user.one');
  peers['moderator'] = moderator;
  peers['admin'] = boss;
});
afterAll(async () => {
  for (const { peer } of Object.values(peers)) await peer[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

test('it has a row for every action, and a column for every caller', () => {
  expect(actions.map(([action]) => action)).toEqual(ACTION_NAMES);
  expect(callers).toEqual(Object.keys(peers));
});

describe.each(actions)('%s', (action, cells) => {
  test.each(callers.map((caller, at) => [caller, cells[at]] as const))('by %s: %s', async (caller, cell) => {
    const { peer, account_id } = peers[caller]!;
    // Whether somebody may is told before what is wrong with the params: nothing is done by any of these.
    const asked = async (more: object = {}): Promise<unknown> =>
      (await peer.ask(action, { surprise: 1, ...more }))['code'];
    if (!isActionName(action)) throw new Error(`${action} is no action`);
    const { or_own } = accessOf((ACTIONS[action] as ActionSpec).access);
    const refusal = caller === 'nobody' ? 'unauthenticated' : 'forbidden';
    expect(await asked()).toBe(cell === 'yes' || cell === 'by the client key' ? 'invalid_params' : refusal);
    if (cell === 'the own account')
      expect(await asked({ [or_own ?? '']: account_id })).toBe('invalid_params');
    else expect(['', 'yes', 'by the client key']).toContain(cell);
    // Unusable params are no reason to hang up, if they are few.
    await peer.call(caller === 'nobody' ? 'probe' : 'whoami');
  });
});
