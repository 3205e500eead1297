import fc from 'fast-check';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  type ActionName,
  type ActionSpec,
  type ErrorCode,
  type JsonObject,
  LIMITS,
} from '../../src/protocol/index.js';
import { fitting, nearMiss, ordinary } from '../support/arbitraries.js';
import { administrator, RawPeer, registered, resumed, type SignedIn } from '../support/raw_peer.js';
import { expectContract } from '../support/replies.js';
import { startServer, type TestServer } from '../support/server.js';
import { QUICK } from '../support/runs.js';

const specOf = (action: ActionName): ActionSpec => ACTIONS[action];
/** After these the connection is gone or signed out by design. */
const endsConnection = (action: ActionName): boolean => {
  const { identity, ends_own_session: ends } = specOf(action);
  return action === 'quit' || identity === 'ends' || (ends !== undefined && 'unless' in ends);
};

let server: TestServer;
let boss: SignedIn;
let victims: { account_id: string; session_id: string }[];

beforeAll(async () => {
  server = await startServer();
  boss = await administrator(server);
  victims = [];
  for (const name of ['victim.one', 'victim.two', 'victim.three']) {
    const one = await registered(server, name);
    victims.push(one);
    await one.peer[Symbol.asyncDispose]();
  }
});
afterAll(async () => {
  await boss[Symbol.asyncDispose]();
  await server[Symbol.asyncDispose]();
});

/** Open connections of one kind, renewed when a call used one up. */
class Connections {
  #peer: RawPeer | null = null;
  readonly #open: () => Promise<RawPeer>;
  constructor(open: () => Promise<RawPeer>) {
    this.#open = open;
  }
  async get(): Promise<RawPeer> {
    if (this.#peer?.closed !== false) this.#peer = await this.#open();
    return this.#peer;
  }
  async drop(): Promise<void> {
    await this.#peer?.[Symbol.asyncDispose]();
    this.#peer = null;
  }
}

async function ask(peer: RawPeer, action: string, params: object): Promise<JsonObject> {
  const id = 'generated';
  // Last, so that a generated `id` or `action` can't take the envelope's place.
  peer.send({ ...params, action, id, time: 0 });
  for (;;) {
    const message = await peer.take();
    if (message === null) throw new Error('closed without a reply');
    if (message['event'] === undefined) return message;
  }
}

describe.each(ACTION_NAMES)('%s, with whatever its schema can make', (action) => {
  const spec = specOf(action);

  test('never an internal error, never a broken connection, always what the table says', async () => {
    const known = {
      account_id: fc.oneof(
        fc.constantFrom(...victims.map(({ account_id }) => account_id)),
        fitting(ACTIONS.get_user.params.shape.account_id),
      ),
      // Of somebody else: ending the own session would end the test.
      session_id: fc.constantFrom(...victims.map(({ session_id }) => session_id)),
    };
    // What only the server itself can make has to be left out to be right.
    const right = {
      ...known,
      cursor: fc.constant(undefined),
      roles: fc.constantFrom(['admin'], ['moderator']),
      // Each is about one thing.
      questions: fc.array(
        fc.record({ account_id: known.account_id, permission: fc.constantFrom('write', 'wiki:write') }),
        { minLength: 1, maxLength: 5 },
      ),
    };
    let fresh = 0;
    let spoiled = 0;
    const connections = new Connections(async () => {
      if (accessOf(spec.access).by_nobody) return RawPeer.handshaken(server);
      if (!endsConnection(action)) return resumed(server, boss.session_token);
      fresh += 1;
      return (await registered(server, `${action.replaceAll('_', '.')}.${fresh}`)).peer;
    });
    const outcomes = new Map<ErrorCode | 'ok', number>();
    const params = fc.oneof(
      { weight: 2, arbitrary: ordinary(spec.params, right) },
      { weight: 2, arbitrary: fitting(spec.params, known) },
      { weight: 2, arbitrary: nearMiss(spec.params, known) },
    );
    await fc.assert(
      fc.asyncProperty(params, async (made) => {
        const peer = await connections.get();
        const reply = await ask(peer, action, made as object);
        // A near miss can spoil the JSON itself, for example with a key that is forbidden everywhere.
        if (reply['code'] === 'invalid_json') {
          await peer.call('probe');
          spoiled += 1;
          // Another one would be the last that this connection is forgiven.
          if (spoiled % (LIMITS.bad_frames_max - 1) === 0) await connections.drop();
          return;
        }
        const code = expectContract(action, 'generated', reply);
        expect(code, JSON.stringify(reply)).not.toBe('internal');
        outcomes.set(code ?? 'ok', (outcomes.get(code ?? 'ok') ?? 0) + 1);
        if (code === null && (endsConnection(action) || spec.identity === 'begins')) {
          await connections.drop();
        } else await peer.call('probe');
      }),
      { numRuns: endsConnection(action) ? 25 : QUICK ? 40 : 80 },
    );
    await connections.drop();
    // The generator is worth something only when it gets past the schema.
    const past = [...outcomes].filter(([code]) => code !== 'invalid_params');
    expect(past.length, JSON.stringify([...outcomes])).toBeGreaterThan(0);
    expect(server.log_lines.filter((line) => line.includes('"level":"ERROR"'))).toEqual([]);
  });
});
