/** A cursor is good for the question that it was given out for, and for no other: the questions are made from the table. */
import { rmSync } from 'node:fs';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  ACTION_NAMES,
  ACTIONS,
  isFailure,
  type ActionName,
  type ActionSpec,
  type JsonObject,
} from '../../../src/protocol/index.js';
import { PageCursors } from '../../../src/server/crypto/index.js';
import { pageAsked, type PagedAction } from '../../../src/server/handlers/cursor.js';
import { administrator, authenticated, invited, registered, type SignedIn } from '../../support/raw_peer.js';
import { expectRefusal } from '../../support/replies.js';
import { runs } from '../../support/runs.js';
import { startServer, type TestServer } from '../../support/server.js';

const PAGED = ACTION_NAMES.filter((name) => 'cursor' in ACTIONS[name].params.shape) as PagedAction[];

/** What is meant by a parameter that is left out: both ways to ask are one question. */
const UNLESS_TOLD: Readonly<Record<PagedAction, JsonObject>> = {
  login_history: {},
  list_users: { sort: 'account_name', descending: false },
};
/** Two values for parameters whose schema doesn't list them. */
const WORDS: Readonly<Record<string, readonly unknown[]>> = {
  search: ['person', 'mail'],
  holds: ['moderator', 'admin'],
  not: [{ search: 'mail' }, { status: 'suspended', role: 'admin' }],
};
/** They say how much of a list is wanted, not which. */
const HOW_MUCH = new Set(['cursor', 'limit']);

/** Returns the values that a parameter can have, by its schema. */
function valuesOf(name: string, schema: z.ZodType): readonly unknown[] {
  if (schema instanceof z.ZodOptional) return valuesOf(name, schema.unwrap() as z.ZodType);
  if (schema instanceof z.ZodEnum) return schema.options;
  if (schema instanceof z.ZodBoolean) return [true, false];
  const words = WORDS[name];
  if (words === undefined) throw new Error(`no values for ${name}: teach this test`);
  return words;
}

const paramsOf = (action: ActionName): readonly (readonly [string, readonly unknown[]])[] =>
  Object.entries((ACTIONS[action] as ActionSpec).params.shape)
    .filter(([name]) => !HOW_MUCH.has(name))
    .map(([name, schema]) => [name, valuesOf(name, schema as z.ZodType)]);

/** Returns every question that can be asked with an action. */
function allQuestions(action: ActionName): JsonObject[] {
  let questions: JsonObject[] = [{}];
  for (const [name, values] of paramsOf(action)) {
    questions = questions.flatMap((asked) => [
      asked,
      ...values.map((value) => ({ ...asked, [name]: value })),
    ]);
  }
  return questions;
}

/** Returns the questions that tell at most one thing. */
const simpleQuestions = (action: ActionName): JsonObject[] => [
  {},
  ...paramsOf(action).flatMap(([name, values]) => values.map((value) => ({ [name]: value }))),
];

/** One text for all ways to ask the same. */
const meaning = (action: PagedAction, asked: JsonObject): string =>
  JSON.stringify(Object.entries({ ...UNLESS_TOLD[action], ...asked }).sort());

test('the table has paged actions, and this test knows what each of them means unless told', () => {
  expect(PAGED).toEqual(Object.keys(UNLESS_TOLD));
  for (const action of PAGED) expect(ACTIONS[action].result.shape).toHaveProperty('next_cursor');
});

describe('over all pairs of questions of all paged actions', () => {
  const page_cursors = new PageCursors(Buffer.alloc(32, 7));
  type Asked = {
    readonly action: PagedAction;
    readonly account_id: string;
    readonly params: JsonObject;
    readonly means: string;
  };
  const asks = PAGED.flatMap((action) =>
    allQuestions(action).flatMap((params): Asked[] =>
      ['a_one', 'a_two'].map((account_id) => ({
        action,
        account_id,
        params,
        means: `${action} ${account_id} ${meaning(action, params)}`,
      })),
    ),
  );
  const askedFor = ({ action, account_id, params }: Asked, cursor?: string) => {
    // Of whoever asks no more is looked at than the id.
    const context = { page_cursors, principal: { account_id } } as Parameters<typeof pageAsked>[0];
    return pageAsked(
      context,
      action,
      { ...params, ...(cursor === undefined ? {} : { cursor }) },
      UNLESS_TOLD[action],
    );
  };

  const place = ['ann', 'a_x'];
  const cursorFor = (asked: Asked): string => {
    const first = askedFor(asked);
    if (isFailure(first)) throw new Error('a first page needs no cursor');
    return first.next(place) ?? '';
  };

  test('the same place has one cursor for all ways to ask the same, and another one for every other question', () => {
    const cursors = new Map<string, string>();
    for (const asked of asks) {
      const cursor = cursorFor(asked);
      expect(cursors.get(asked.means) ?? cursor).toBe(cursor);
      cursors.set(asked.means, cursor);
    }
    expect(new Set(cursors.values()).size).toBe(cursors.size);
  });

  test('a cursor opens where it was given out, and nowhere else', () => {
    const step = Math.ceil(asks.length / runs(8));
    for (const source of asks.filter((_, at) => at % step === 0)) {
      const cursor = cursorFor(source);
      for (const target of asks) {
        const got = askedFor(target, cursor);
        if (isFailure(got) !== (source.means !== target.means)) expect([source, target]).toBe(got);
      }
      expect(askedFor(source, cursor)).toMatchObject({ after: place });
    }
  });

  test('with one character changed, cut off, added or spelled otherwise it is no cursor', () => {
    const [asked] = asks;
    if (asked === undefined) throw new Error('no question');
    const cursor = cursorFor(asked);
    for (let at = 0; at < cursor.length; at += 1) {
      for (const other of ['A', 'B', '_']) {
        const changed = cursor.slice(0, at) + other + cursor.slice(at + 1);
        if (changed !== cursor) expect(isFailure(askedFor(asked, changed))).toBe(true);
      }
      expect(isFailure(askedFor(asked, cursor.slice(0, at)))).toBe(true);
    }
    expect(isFailure(askedFor(asked, `${cursor}A`))).toBe(true);
    expect(isFailure(askedFor(asked, `${cursor}=`))).toBe(true);
  });

  test('a cursor of another server is none', () => {
    const other = new PageCursors(Buffer.alloc(32, 8));
    expect(other.open('q', page_cursors.seal('q', [5]))).toBeNull();
    expect(page_cursors.open('q', page_cursors.seal('q', [5]))).toEqual([5]);
  });
});

describe('on a server', () => {
  let server: TestServer;
  let people: SignedIn[];

  beforeAll(async () => {
    server = await startServer();
    const boss = await administrator(server);
    const second = await registered(server, 'person.two');
    await boss.peer.call('assign_role', { account_id: second.account_id, role: 'admin' });
    people = [boss, second];
    for (const role of ['admin', 'moderator']) {
      for (const n of [1, 2, 3]) {
        const name = `person.${role}.${n}`;
        const { account_id } = await invited(boss.peer, name, { roles: [role] });
        await boss.peer.call('update_user', {
          account_id,
          changes: { email: `mail.${role}.${n}@example.test` },
        });
      }
    }
    for (const n of [1, 2]) {
      const { account_id, peer } = await registered(server, `person.gone.${n}`);
      await peer[Symbol.asyncDispose]();
      await boss.peer.call('suspend_user', { account_id });
    }
    for (const name of ['boss.one', 'person.two', 'boss.one', 'person.two']) {
      await (await authenticated(server, name))[Symbol.asyncDispose]();
    }
  });
  afterAll(async () => {
    for (const one of people) await one[Symbol.asyncDispose]();
    await server.stop();
    rmSync(server.data_folder, { recursive: true, force: true });
  });

  test.each(PAGED)(
    '%s: a cursor under any other question is refused, before and after a restart',
    async (action) => {
      const asks = people.flatMap((person, who) =>
        simpleQuestions(action).map((params) => ({ who, peer: person.peer, params })),
      );
      const cursors: { readonly who: number; readonly params: JsonObject; readonly cursor: string }[] = [];
      for (const { who, peer, params } of asks) {
        const { next_cursor } = await peer.call(action, { ...params, limit: 1 });
        if (next_cursor !== null) cursors.push({ who, params, cursor: next_cursor });
      }
      expect(cursors.length).toBe(asks.length);
      for (const { cursor, ...source } of cursors) {
        for (const { who, peer, params } of asks) {
          const reply = await peer.ask(action, { ...params, limit: 2, cursor });
          if (who === source.who && meaning(action, params) === meaning(action, source.params)) {
            expect(reply['response']).toBe(200);
          } else {
            expectRefusal(reply, 'invalid_params');
            expect(reply['details']).toMatchObject([{ path: 'cursor', reason: 'unknown_cursor' }]);
          }
        }
      }
      const [kept] = cursors;
      if (kept === undefined) throw new Error('no cursor');
      const before = await people[0]?.peer.call(action, { ...kept.params, cursor: kept.cursor });
      await server.stop();
      server = await startServer({ data_folder: server.data_folder });
      people = await Promise.all(['boss.one', 'person.two'].map((name) => authenticated(server, name)));
      const after = await people[0]?.peer.call(action, { ...kept.params, cursor: kept.cursor });
      if (action === 'login_history') expect(after).toEqual(before);
      else expect(after?.next_cursor).toEqual(before?.next_cursor);
    },
  );
});
