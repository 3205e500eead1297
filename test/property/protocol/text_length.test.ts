/** Every limit of a text counts code points: the same for texts within the Basic Multilingual Plane and beyond. */
import fc from 'fast-check';
import { describe, expect, test } from 'vitest';
import * as z from 'zod';
import {
  ACTION_NAMES,
  ACTIONS,
  codePoints,
  cutToCodePoints,
  LIMITS,
  parseRequest,
  type ActionSpec,
} from '../../../src/protocol/index.js';
import { detailsOf } from '../../../src/server/dispatch/params.js';
import { editText, EMPTY_TEXT, textOf } from '../../../src/tui/state/index.js';
import { runs } from '../../support/runs.js';
import { codePoint } from '../../support/arbitraries.js';

const EMOJI = '\u{1F600}';

test('code points are counted as the string iterator gives them, and cut between them', () => {
  fc.assert(
    fc.property(fc.string({ unit: codePoint, maxLength: 60 }), fc.nat(40), (text, max) => {
      expect(codePoints(text)).toBe(Array.from(text).length);
      const cut = cutToCodePoints(text, max);
      expect(text.startsWith(cut)).toBe(true);
      expect(codePoints(cut)).toBe(Math.min(max, codePoints(text)));
      if (text.isWellFormed()) expect(cut.isWellFormed()).toBe(true);
    }),
    { numRuns: runs(500) },
  );
});

test.each([1, LIMITS.request_id_length_max])(
  'a request id of %i code points is taken, whatever they are',
  (count) => {
    for (const character of ['a', 'я', '中', EMOJI, '\u{10FFFD}']) {
      expect(parseRequest({ action: 'probe', id: character.repeat(count) })?.id).toBe(
        character.repeat(count),
      );
    }
  },
);

test('a longer one is not, nor an empty one', () => {
  for (const id of ['', ...['a', EMOJI].map((one) => one.repeat(LIMITS.request_id_length_max + 1))]) {
    expect(parseRequest({ action: 'probe', id })).toBeNull();
  }
});

/** Every text of the parameters of the table that has a limit and no pattern that emoji don't fit. */
function texts(schema: z.ZodType, path: string): (readonly [path: string, schema: z.ZodString])[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return texts(schema.unwrap() as z.ZodType, path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, z.ZodType>).flatMap(([name, part]) =>
      texts(part, `${path}.${name}`),
    );
  }
  return schema instanceof z.ZodString && schema.maxLength !== null ? [[path, schema]] : [];
}

const all = ACTION_NAMES.flatMap((name) => texts((ACTIONS[name] as ActionSpec).params, name));

test.each(all)('%s has the same limit for every character', (_path, schema) => {
  const max = schema.maxLength ?? 0;
  for (const character of ['a', '1', 'я', EMOJI]) {
    const longest = character.repeat(max);
    const outcome = schema.safeParse(longest);
    // A pattern may refuse the character; its length is no reason.
    if (!outcome.success) expect(outcome.error.issues.map(({ code }) => code)).not.toContain('too_big');
    const longer = schema.safeParse(longest + character);
    expect(longer.error?.issues.map(({ code }) => code)).toContain('too_big');
  }
});

test('there are such texts', () => {
  expect(all.length).toBeGreaterThan(20);
});

describe('what the terminal and the refusals cut', () => {
  test.each([EMOJI, 'a', '\u{10FFFD}'])('a field takes as many of %s as the limit says', (character) => {
    const full = editText(EMPTY_TEXT, { kind: 'insert', text: character.repeat(30) }, 20);
    expect(codePoints(textOf(full))).toBe(20);
    expect(textOf(editText(full, { kind: 'insert', text: character }, 20))).toBe(textOf(full));
  });

  test('the path of a refusal is whole characters, however long the unknown name was', () => {
    for (const before of ['', 'a']) {
      const schema = z.object({ x: z.record(z.string(), z.string()) });
      const { error } = schema.safeParse({ x: { [before + EMOJI.repeat(80)]: 5 } });
      if (error === undefined) throw new Error('it fits');
      for (const { path } of detailsOf(error)) expect(path.isWellFormed()).toBe(true);
    }
  });
});
