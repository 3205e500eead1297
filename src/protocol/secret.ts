/**
 * The secret marker. A schema that is marked here never shows its value in a log, an audit row, a metric or an error:
 * redaction is derived from the schema, so nobody has to remember it.
 */
import * as z from 'zod';

const secrets = z.registry<{ secret: true }>();
const unlogged = z.registry<{ unlogged: true }>();

/** What stands in the place of a secret value. */
export const REDACTED = '[redacted]';

/** Returns the schema, marked as holding a secret. */
export function secret<S extends z.ZodType>(schema: S): S {
  secrets.add(schema, { secret: true });
  return schema;
}

/**
 * Returns the schema, marked as one whose value is no secret and yet stays out of the log: it tells who a person is or how to
 * reach them, or is the field for the name, where a hasty person sometimes types the password.
 */
export function unlog<S extends z.ZodType>(schema: S): S {
  unlogged.add(schema, { unlogged: true });
  return schema;
}

/** Returns true when the schema itself is marked, or was derived (`describe`, `min` …) from one that is. */
export function isSecret(schema: z.ZodType): boolean {
  return secrets.get(schema) !== undefined;
}

/** Returns true when a value of the schema is left out of what is logged: it is a secret, or tells of a person. */
export function isHidden(schema: z.ZodType): boolean {
  return isSecret(schema) || unlogged.get(schema) !== undefined;
}

function unwrap(schema: z.ZodType): unknown {
  let inner: unknown = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault) {
    if (isHidden(inner)) return inner;
    inner = inner.unwrap();
  }
  return inner;
}

/** Kinds of schema under which a plain value may be shown. What is missing here is hidden, not shown. */
const LEAVES = [z.ZodString, z.ZodNumber, z.ZodBoolean, z.ZodEnum, z.ZodLiteral] as const;

/**
 * Returns a copy of `value` in which every part that `schema` marks, or does not know, is replaced. A part whose shape
 * isn't the schema's counts as unknown: what failed validation is logged as well, and a secret may sit anywhere in it.
 */
export function redact(schema: z.ZodType, value: unknown): unknown {
  const inner = unwrap(schema);
  if (inner instanceof z.ZodType && isHidden(inner)) return value === undefined ? undefined : REDACTED;
  if (value === null || value === undefined) return value;
  if (inner instanceof z.ZodObject && typeof value === 'object' && !Array.isArray(value)) {
    const shape = inner.shape as Record<string, z.ZodType>;
    return Object.fromEntries(
      Object.entries(value).map(([key, part]) => {
        const known = Object.hasOwn(shape, key) ? shape[key] : undefined;
        return [key, known === undefined ? REDACTED : redact(known, part)];
      }),
    );
  }
  if (inner instanceof z.ZodArray && Array.isArray(value)) {
    const element = inner.element as z.ZodType;
    return value.map((part) => redact(element, part));
  }
  return LEAVES.some((kind) => inner instanceof kind) && typeof value !== 'object' ? value : REDACTED;
}
