/** What an entry can't say wrongly: tsc runs this, because each line below that should not compile has to fail there. */
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import { defineAction, type ActionSpec } from '../../../src/protocol/define_action.js';
import {
  ACTION_NAMES,
  ACTIONS,
  ACTIONS_BY_NOUN,
  errorsOfSpec,
  isHidden,
  ownErrorsOfSpec,
  type ActionName,
  type ActionNameRefusedWith,
  type ActionNameWith,
} from '../../../src/protocol/index.js';

const BARE = {
  summary: 'Nothing.',
  params: z.strictObject({
    who: z.strictObject({ name: z.string().optional(), tags: z.array(z.string()).optional() }),
    all: z.boolean().nullable(),
    parts: z.array(z.strictObject({ at: z.int() })),
  }),
  result: z.object({}),
  access: 'public',
  identity: null,
  renews: [],
  bucket: 'free',
  audit: null,
  logs: [],
  errors: [],
  response: 200,
  alert: 'nothing',
  example: { params: {}, result: {} },
} as const;

describe('an entry', () => {
  test('names places of its own params only, and single values or lists of them', () => {
    expect(defineAction({ ...BARE, logs: ['who.name', 'who.tags', 'all'] }).logs).toHaveLength(3);
    // @ts-expect-error there is no such parameter
    defineAction({ ...BARE, logs: ['whom'] });
    // @ts-expect-error nor this one inside
    defineAction({ ...BARE, logs: ['who.surname'] });
    // @ts-expect-error an object as a whole would show what comes to it later
    defineAction({ ...BARE, logs: ['who'] });
    // @ts-expect-error and so would a list of objects
    defineAction({ ...BARE, logs: ['parts'] });
    defineAction({ ...BARE, ends_own_session: { unless: 'all', reason: 'revoked' } });
    // @ts-expect-error no parameter tells it
    defineAction({ ...BARE, ends_own_session: { unless: 'some', reason: 'revoked' } });
  });

  test('has to say what it does to who is signed in, what it renews and what is logged', () => {
    const { identity: _identity, ...without_identity } = BARE;
    // @ts-expect-error it has to say what it does to who is signed in
    defineAction(without_identity);
    const { renews: _renews, ...without_renews } = BARE;
    // @ts-expect-error it has to say what it shows to be in use
    defineAction(without_renews);
    const { logs: _logs, ...without_logs } = BARE;
    // @ts-expect-error it has to say what of its params may be logged
    defineAction(without_logs);
    expect(errorsOfSpec(BARE)).not.toContain('already_authenticated');
  });
});

describe('what follows from entries', () => {
  const specs = ACTION_NAMES.map((name): [ActionName, ActionSpec] => [name, ACTIONS[name]]);

  test('every action stands in one part of the table', () => {
    const parts = Object.values(ACTIONS_BY_NOUN).flatMap((part) => Object.keys(part));
    expect(parts.sort()).toEqual([...ACTION_NAMES].sort());
  });

  test('the types of actions go by their entries', () => {
    const beginning: ActionNameWith<{ identity: 'begins' }> = 'redeem_code';
    const ending: ActionNameWith<{ identity: 'ends' }> = 'logout';
    // @ts-expect-error it begins an identity
    const wrong: ActionNameWith<{ identity: null }> = 'redeem_code';
    const asking: ActionNameRefusedWith<'current_password_wrong'> = 'confirm_password';
    // @ts-expect-error it asks for no current password
    const asked: ActionNameRefusedWith<'current_password_wrong'> = 'authenticate';
    for (const name of [beginning, ending, wrong, asking, asked]) expect(ACTION_NAMES).toContain(name);
  });

  test.each(specs)('%s: a connection is signed in once', (_name, spec) => {
    expect(errorsOfSpec(spec).includes('already_authenticated')).toBe(spec.identity === 'begins');
    expect(ownErrorsOfSpec(spec).includes('already_authenticated')).toBe(spec.identity === 'begins');
    // It follows from `identity`; said twice it could be said in two ways.
    expect(spec.errors).not.toContain('already_authenticated');
  });

  test.each(specs)('%s: who begins an identity needs none, who ends one has it', (_name, spec) => {
    if (spec.identity === 'begins') expect(spec.access).toBe('public');
    if (spec.identity === 'ends' || spec.ends_own_session !== undefined)
      expect(spec.access).not.toBe('public');
  });

  test.each(specs)('%s: an event of its audit is said once', (_name, { audit, also_audits = [] }) => {
    expect(new Set([audit, ...also_audits]).size).toBe(also_audits.length + 1);
  });

  /** The schemas on the way to a place, the last one being that of the place itself. */
  function schemasTo(schema: z.ZodType, path: readonly string[]): z.ZodType[] {
    const way: z.ZodType[] = [];
    let inner: unknown = schema;
    for (const name of [...path, null]) {
      while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable) {
        way.push(inner);
        inner = inner.unwrap();
      }
      if (!(inner instanceof z.ZodType)) throw new Error('no schema');
      way.push(inner);
      if (name !== null) inner = inner instanceof z.ZodObject ? inner.shape[name] : undefined;
    }
    return way;
  }

  test.each(specs)('%s: nothing that is hidden may be logged', (_name, { params, logs }) => {
    for (const path of logs) {
      expect(schemasTo(params, path.split('.')).filter(isHidden), path).toEqual([]);
    }
  });
});
