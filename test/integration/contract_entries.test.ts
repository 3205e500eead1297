/**
 * Each entry of the action table is carried out: what it says of the audit log, of who is signed in and of its refusals
 * is compared with what a real server does, both ways. What has to be there before each call stands in `test/proofs/`.
 */
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  ACTION_NAMES,
  ACTIONS,
  AUDIT_EVENTS,
  HOST_AUDIT_EVENTS,
  isErrorCode,
  type ActionName,
  type ActionSpec,
  type JsonObject,
} from '../../src/protocol/index.js';
import { proofOf, type SetUp } from '../proofs/index.js';
import { auditRows, lastAuditSeq } from '../support/database.js';
import { ExampleWorld } from '../support/example_world.js';
import type { RawPeer } from '../support/raw_peer.js';
import { expectContract, expectRefusal } from '../support/replies.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];

/** Who is signed in on a connection: an account, nobody, or the connection is gone. */
async function signedInOn(peer: RawPeer): Promise<{ account_id: string } | 'nobody' | 'closed'> {
  try {
    const reply = await peer.ask('whoami');
    if (reply['code'] === 'unauthenticated') return 'nobody';
    const { account } = ACTIONS.whoami.result.parse(reply['result']);
    return { account_id: account.account_id };
  } catch (error) {
    if (peer.closed) return 'closed';
    throw error;
  }
}

/** What no two servers have alike: keys that they made, and signatures with them. */
const MADE_ANEW: ReadonlySet<string> = new Set([
  'access_token',
  'refresh_token',
  'device_token',
  'key',
  'connection_key',
  'x',
  'kid',
]);
/** What is written in the background: it may be there already, or not yet. */
const NOTED_LATER: ReadonlySet<string> = new Set(['last_seen_at', 'last_active_at', 'expires_at']);

/** A result with the form of what differs from server to server in the place of it. */
function comparable(action: ActionName, result: unknown): unknown {
  return JSON.parse(
    JSON.stringify(result, (name, value: unknown) => {
      if (MADE_ANEW.has(name)) return String(value).replaceAll(/[A-Za-z0-9_-]{20,}/g, '…');
      if (name === 'server_version') return '…';
      if (NOTED_LATER.has(name)) return typeof value;
      if (action !== 'server_stats') return value;
      // How a busy server is: figures, as many as there are.
      return Array.isArray(value) ? value.slice(0, 1) : typeof value === 'object' ? value : typeof value;
    }),
  );
}

/** Makes a call and gives its reply, the audit events that were written meanwhile, and the connection. */
async function carriedOut(
  world: ExampleWorld,
  action: ActionName,
  setUp: SetUp,
): Promise<{ reply: JsonObject; events: string[]; peer: RawPeer; before: unknown }> {
  const { peer, params = specOf(action).example.params, world: there = world } = await setUp(world);
  there.beginNow();
  const before = await signedInOn(peer);
  const { data_folder } = there.server;
  const seq = lastAuditSeq(data_folder);
  const id = 'carried out';
  peer.send({ action, id, time: 0, ...params });
  let reply = await peer.take();
  while (reply !== null && reply['id'] !== id) reply = await peer.take();
  if (reply === null) throw new Error(`closed before the reply to ${action}`);
  // The peer is told nothing of a fault inside; whoever reads the test wants to know.
  if (reply['code'] === 'internal') throw new Error(there.server.log_lines.at(-1) ?? 'internal');
  return { reply, events: auditRows(data_folder, seq).map(({ event }) => event), peer, before };
}

describe.each(ACTION_NAMES)('%s', (action) => {
  const spec = specOf(action);
  const proof = proofOf(action);
  const { audit, also_audits = [], identity } = spec;
  let world: ExampleWorld;
  beforeAll(async () => {
    world = await ExampleWorld.start();
  });
  afterAll(async () => world[Symbol.asyncDispose]());

  test('its example writes the audit event of its entry and no other, and changes who is signed in as it says', async () => {
    const { reply, events, peer, before } = await carriedOut(world, action, proof.example);
    expect(expectContract(action, 'carried out', reply), JSON.stringify(reply)).toBeNull();
    expect(comparable(action, reply['result'])).toEqual(comparable(action, spec.example.result));
    expect(events).toEqual(audit === null ? [] : [audit]);
    const after = await signedInOn(peer);
    if (proof.closes === true) expect(after).toBe('closed');
    else if (identity === 'begins') {
      expect(before).toBe('nobody');
      expect(after).toHaveProperty('account_id');
    } else if (identity === 'ends') {
      expect(before).toHaveProperty('account_id');
      expect(after).toBe('nobody');
    } else expect(after).toEqual(before);
  });

  for (const [event, setUp] of Object.entries(proof.also ?? {})) {
    test(`may write ${event} as well`, async () => {
      const { events } = await carriedOut(world, action, setUp);
      expect(events).toContain(event);
      expect(events.filter((one) => one !== audit && !also_audits.some((also) => also === one))).toEqual([]);
    });
  }

  for (const [code, setUp] of Object.entries(proof.refused ?? {})) {
    test(`is refused with ${code}, and nothing is changed`, async () => {
      const { reply, events, peer, before } = await carriedOut(world, action, setUp);
      if (!isErrorCode(code)) throw new Error(`no such code: ${code}`);
      expectRefusal(reply, code);
      expect(events.filter((one) => !also_audits.some((also) => also === one))).toEqual([]);
      expect(await signedInOn(peer)).toEqual(before);
    });
  }

  const { ends_own } = proof;
  if (ends_own !== undefined) {
    test('ends the session that it came on, for the reason that its entry says', async () => {
      const { reply, peer, before } = await carriedOut(world, action, ends_own);
      expect(expectContract(action, 'carried out', reply)).toBeNull();
      expect(before).toHaveProperty('account_id');
      expect(await peer.event('session_ended')).toMatchObject({
        data: { reason: spec.ends_own_session?.reason },
      });
      await peer.gone();
    });
  }
});

test('examples: a refresh token is followed by another one, a session lives thirty days', () => {
  const { params, result } = ACTIONS.refresh.example;
  expect(result.refresh_token).not.toBe(params.refresh_token);
  for (const { expires_at, last_active_at } of [
    ACTIONS.whoami.example.result.session,
    ACTIONS.authenticate.example.result.session,
  ])
    expect(expires_at - last_active_at).toBe(30 * 86_400_000);
});

test('every audit event is written by an action that says so, or by a command of the host', () => {
  const said = new Set<string>([
    ...HOST_AUDIT_EVENTS,
    ...ACTION_NAMES.map(specOf).flatMap(({ audit, also_audits = [] }) => [
      ...also_audits,
      ...(audit === null ? [] : [audit]),
    ]),
  ]);
  expect(Object.keys(AUDIT_EVENTS).filter((event) => !said.has(event))).toEqual([]);
});
