import fc from 'fast-check';
import { expect, test } from 'vitest';
import { z } from 'zod';
import { ACTION_NAMES, ACTIONS, isSecret, redact, secret } from '../../../src/protocol/index.js';
import { runs } from '../../support/runs.js';

/** Stands for every secret; nothing else that is generated holds it. */
const NEEDLE = 'N33DLE';

type Case = { readonly schema: z.ZodType; readonly value: unknown };

const word = fc.constantFrom('a', 'b', 'c', 'token', 'toString', 'length');
const open = fc.constantFrom<Case[]>(
  { schema: z.string(), value: 'open' },
  { schema: z.int(), value: 7 },
  { schema: z.boolean(), value: true },
  { schema: z.enum(['x', 'y']), value: 'x' },
);
/** A marked schema in one of its spellings, with a value of the right or of a wrong type. */
const hidden = fc
  .tuple(
    fc.constantFrom(
      secret(z.string()),
      secret(z.string().min(1)).describe('later'),
      secret(z.strictObject({ inner: z.string() })),
      secret(z.array(z.string())),
    ),
    fc.constantFrom<unknown[]>(NEEDLE, `x${NEEDLE}x`, { inner: NEEDLE }, [NEEDLE], {
      other: [{ deep: NEEDLE }],
    }),
  )
  .map(([schema, value]): Case => ({ schema, value }));

const { any } = fc.letrec<{ any: Case }>((tie) => {
  const wrap = (inner: fc.Arbitrary<Case>): fc.Arbitrary<Case> =>
    fc
      .tuple(inner, fc.constantFrom('plain', 'optional', 'nullable', 'both'))
      .map(([{ schema, value }, how]) => ({
        value,
        schema:
          how === 'optional'
            ? schema.optional()
            : how === 'nullable'
              ? schema.nullable()
              : how === 'both'
                ? schema.nullable().optional()
                : schema,
      }));
  return {
    any: wrap(
      fc.oneof(
        { maxDepth: 5 },
        open,
        hidden,
        fc.dictionary(word, tie('any'), { maxKeys: 4, noNullPrototype: true }).map((parts) => ({
          schema: z.strictObject(
            Object.fromEntries(Object.entries(parts).map(([k, part]) => [k, part.schema])),
          ),
          value: Object.fromEntries(Object.entries(parts).map(([k, part]) => [k, part.value])),
        })),
        tie('any').map(({ schema, value }) => ({ schema: z.array(schema), value: [value, value] })),
      ),
    ),
  };
});

test('no marked value gets through, whatever holds it', () => {
  fc.assert(
    fc.property(any, ({ schema, value }) => {
      expect(JSON.stringify(redact(schema, value))).not.toContain(NEEDLE);
    }),
    { numRuns: runs(1000) },
  );
});

test('no secret gets through a schema that it does not fit: everything composite is hidden', () => {
  fc.assert(
    fc.property(any, fc.jsonValue({ maxDepth: 3 }), ({ schema }, shape) => {
      // A value of any shape with a secret under a name that no schema knows.
      const value = { unknown_name: NEEDLE, shape: { ...(shape as object | null), unknown_name: NEEDLE } };
      expect(JSON.stringify(redact(schema, value))).not.toContain(NEEDLE);
      expect(JSON.stringify(redact(schema, [value]))).not.toContain(NEEDLE);
    }),
    { numRuns: runs(500) },
  );
});

/** Every place of a schema that is marked, as a path. */
function markedPaths(schema: unknown, path: readonly string[] = []): string[][] {
  if (schema instanceof z.ZodType && isSecret(schema)) return [[...path]];
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return markedPaths(schema.unwrap(), path);
  if (!(schema instanceof z.ZodObject)) return [];
  return Object.entries(schema.shape as Record<string, unknown>).flatMap(([key, part]) =>
    markedPaths(part, [...path, key]),
  );
}

test('in every action, a secret in its place is hidden, whatever its type', () => {
  const cases = ACTION_NAMES.flatMap((name) =>
    [ACTIONS[name].params, ACTIONS[name].result].flatMap((schema) =>
      markedPaths(schema).map((path): { schema: z.ZodType; path: string[] } => ({ schema, path })),
    ),
  );
  expect(cases.length).toBeGreaterThan(8);
  for (const { schema, path } of cases) {
    for (const leaf of [NEEDLE, [NEEDLE], { a: NEEDLE }]) {
      const value = path.reduceRight<unknown>((inner, key) => ({ [key]: inner }), leaf);
      const shown = JSON.stringify(redact(schema, value));
      expect(shown).not.toContain(NEEDLE);
      expect(shown).toContain(path.at(-1));
    }
  }
});
