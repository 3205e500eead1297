/** Frames, JSON, handshakes and parameters made by fast-check, against the built server. */
import { randomBytes } from 'node:crypto';
import { rmSync } from 'node:fs';
import fc from 'fast-check';
import { afterAll, afterEach, beforeAll, describe, expect, test } from 'vitest';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  helloSchema,
  LIMITS,
  proofSchema,
  type ActionName,
  type ActionSpec,
  type JsonObject,
} from '../../src/protocol/index.js';
import { fitting, nearMiss } from '../support/arbitraries.js';
import { longOrShort, printFigures } from '../support/drill.js';
import { corpus, frame, FuzzTarget, type Stage } from '../support/fuzz_target.js';
import { expectContract } from '../support/replies.js';
import { runs } from '../support/runs.js';
import { temporaryFolder } from '../support/server.js';

let data: string;
let target: FuzzTarget;
beforeAll(async () => {
  data = temporaryFolder();
  target = await FuzzTarget.start(data);
});
afterEach(async () => target.check());
afterAll(async () => {
  const counts = { inputs: target.thrown };
  printFigures('fuzzing of messages', { ...counts, replies: target.replies, failures: 0 }, counts);
  await target[Symbol.asyncDispose]();
  rmSync(data, { recursive: true, force: true });
});

const STAGES: readonly Stage[] = ['challenged', 'ready', 'user', 'admin'];
const times = (short: number, long: number): { numRuns: number } => ({
  numRuns: longOrShort(long, runs(short)),
});

test.each(corpus())('corpus: %s', async (_file, { why, stage, chunks }) => {
  await target.throw(
    stage,
    chunks.map((chunk) => Buffer.from(chunk, 'base64url')),
    why,
  );
});

/** A header that may lie, and a body. */
const lyingFrame = fc
  .tuple(
    fc.oneof(
      fc.constantFrom(0, 1, 2, 4_095, 4_096, 4_097, 65_536, 65_537, 2 ** 31, 2 ** 32 - 1),
      fc.nat({ max: 300 }),
    ),
    fc.uint8Array({ maxLength: 300 }),
    fc.boolean(),
  )
  .map(([length, body, honest]) => {
    const header = Buffer.alloc(4);
    header.writeUInt32BE(honest ? body.length : length);
    return Buffer.concat([header, body]);
  });

describe('frames', () => {
  test('any bytes in any pieces at any stage', async () => {
    const input = fc.tuple(
      fc.constantFrom(...STAGES),
      fc.array(
        fc.oneof(
          lyingFrame,
          fc.uint8Array({ maxLength: 64 }).map((bytes) => Buffer.from(bytes)),
          fc.constant(frame({ action: 'probe' })),
        ),
        { maxLength: 6 },
      ),
      fc.integer({ min: 1, max: 200 }),
    );
    await fc.assert(
      fc.asyncProperty(input, async ([stage, parts, cut]) => {
        const bytes = Buffer.concat(parts);
        const chunks: Buffer[] = [];
        for (let at = 0; at < bytes.length; at += cut) chunks.push(bytes.subarray(at, at + cut));
        await target.throw(stage, chunks);
      }),
      times(150, 4_000),
    );
  });
});

describe('JSON', () => {
  const text = fc.oneof(
    fc.json({ maxDepth: 5 }),
    fc.jsonValue({ maxDepth: 6 }).map((value) => JSON.stringify({ action: 'probe', value })),
    fc.jsonValue().map((action) => JSON.stringify({ action, id: 'x' })),
    fc.jsonValue().map((id) => JSON.stringify({ action: 'probe', id })),
    fc.jsonValue().map((time) => JSON.stringify({ action: 'probe', time })),
    fc.integer({ min: 1, max: 2_000 }).map((depth) => `{"a":${'['.repeat(depth)}${']'.repeat(depth)}}`),
    fc.integer({ min: 1, max: 300 }).map((keys) => {
      const all = Array.from({ length: keys }, (_, n) => `"k${n % 290}":${n}`);
      return `{${all.join(',')}}`;
    }),
    fc.constantFrom(
      '{"__proto__":{}}',
      '{"a":1e999}',
      '{"a":"\\ud800"}',
      '{"a":"\\u0000"}',
      '{',
      '"',
      'nul',
      '[]',
    ),
  );
  /** The same with one character taken out, doubled or changed. */
  const nearly = fc
    .tuple(text, fc.nat(), fc.constantFrom('', '"', '{', '}', '\\', ',', ':', '\u{0}', '9', '\u{1F600}'))
    .map(([whole, at, put]) => {
      const where = whole.length === 0 ? 0 : at % whole.length;
      return whole.slice(0, where) + put + whole.slice(where + 1);
    });
  test('any text in a frame', async () => {
    const input = fc.tuple(fc.constantFrom(...STAGES), fc.array(fc.oneof(text, nearly), { maxLength: 5 }));
    await fc.assert(
      fc.asyncProperty(input, async ([stage, texts]) => {
        const bodies = texts.filter((one) => one !== '');
        await target.throw(stage, [Buffer.concat(bodies.map((one) => frame(one)))]);
      }),
      times(150, 4_000),
    );
  });
});

describe('handshake', () => {
  test('hello and proof from their schemas, and nearly: nobody gets in', async () => {
    const nonce = fc.constant(null).map(() => randomBytes(32).toString('base64url'));
    const known = { nonce, mac: nonce };
    const of = (schema: typeof helloSchema | typeof proofSchema): fc.Arbitrary<unknown> =>
      fc.oneof(fitting(schema, known), nearMiss(schema, known));
    const input = fc.array(fc.oneof(of(helloSchema), of(proofSchema), fc.constant({ action: 'whoami' })), {
      minLength: 1,
      maxLength: 4,
    });
    await fc.assert(
      fc.asyncProperty(input, async (messages) => {
        const replies = await target.throw('challenged', [
          Buffer.concat(messages.map((one) => frame(JSON.stringify(one)))),
        ]);
        expect(replies.filter(({ response }) => response === 200)).toEqual([]);
      }),
      times(150, 4_000),
    );
  });
});

/** These cost a password hash, or end what the rest of the test stands on. */
const HASHES: ReadonlySet<ActionName> = new Set([
  'register',
  'authenticate',
  'redeem_code',
  'change_password',
  'confirm_password',
]);

describe.each(ACTION_NAMES)('%s', (action) => {
  const spec: ActionSpec = ACTIONS[action];
  test('parameters from its schema, and nearly', async () => {
    // Of nobody in particular: an administrator's own account and session must outlive the test.
    const known = {
      account_id: fc.oneof(
        fc.constant(target.user.account_id),
        fitting(ACTIONS.get_user.params.shape.account_id),
      ),
      keep_current: fc.constant(true),
    };
    const made = fc.oneof(
      { weight: 3, arbitrary: fitting(spec.params, known) },
      { weight: 3, arbitrary: nearMiss(spec.params, known) },
    );
    const input = fc.tuple(
      fc.constantFrom<Stage>('ready', 'user'),
      fc.array(made, { minLength: 1, maxLength: 6 }),
    );
    const [short, long] = HASHES.has(action) ? [2, 60] : [8, 250];
    await fc.assert(
      fc.asyncProperty(input, async ([low, all]) => {
        // What a role protects is asked by who has it; what everybody may is asked by everybody else.
        const stage = accessOf(spec.access).permission !== null ? 'admin' : low;
        const requests = all.map((params, n) =>
          frame({ ...(params as object), action, id: `f${n}`, time: 0 }),
        );
        const replies = await target.throw(stage, [Buffer.concat(requests)]);
        for (const reply of replies) expectOne(action, reply);
      }),
      times(short, long),
    );
  });
});

function expectOne(action: ActionName, reply: JsonObject): void {
  const { id, code } = reply;
  // Events, refusals of the frame itself, and the end of the connection have no id of a request.
  if (typeof id !== 'string' || !/^f\d$/.test(id) || code === 'shutting_down') return;
  expectContract(action, id, reply);
  expect(JSON.stringify(reply).length).toBeLessThan(LIMITS.reply_bytes_max);
}
