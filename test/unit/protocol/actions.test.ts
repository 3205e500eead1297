/** The table test: what holds for every action and every event of the contract. */
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { z } from 'zod';
import { jsonSchemaOf, schemaFiles, type JsonSchema } from '../../../scripts/docs/json_schema.js';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  ENVELOPE_NAMES,
  ERROR_CODES,
  errorsOfSpec,
  EVENTS,
  isActionName,
  isSecret,
  LIMITS,
  CLIENT_PERMISSION_NAMES,
  PERMISSION_NAMES,
  type ActionSpec,
  type EventName,
} from '../../../src/protocol/index.js';

const TABLE = ACTION_NAMES.map((name): [string, ActionSpec] => [name, ACTIONS[name]]);
const EVENT_TABLE = Object.keys(EVENTS) as EventName[];

/** Every field of an object schema at any depth, as [dotted path, schema]. */
function fieldsOf(schema: z.ZodType, prefix = ''): [string, z.ZodType][] {
  let inner: unknown = schema;
  while (inner instanceof z.ZodOptional || inner instanceof z.ZodNullable || inner instanceof z.ZodDefault) {
    inner = inner.unwrap();
  }
  if (inner instanceof z.ZodArray) return fieldsOf(inner.element as z.ZodType, `${prefix}[]`);
  if (!(inner instanceof z.ZodObject)) return [];
  return Object.entries(inner.shape as Record<string, z.ZodType>).flatMap(([key, field]) => {
    const path = prefix === '' ? key : `${prefix}.${key}`;
    return [[path, field] as [string, z.ZodType], ...fieldsOf(field, path)];
  });
}

/** Whether a secret is marked on the schema or inside its `optional` and `nullable`. */
function marked(schema: z.ZodType): boolean {
  let inner: unknown = schema;
  for (;;) {
    if (inner instanceof z.ZodType && isSecret(inner)) return true;
    if (!(inner instanceof z.ZodOptional || inner instanceof z.ZodNullable)) return false;
    inner = inner.unwrap();
  }
}

function withoutDescription(schema: JsonSchema, prefix = ''): string[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]) => {
    const path = prefix + name;
    const core = field.anyOf?.find((option) => option.type !== 'null') ?? field;
    const missing = field.description ?? core.description ?? core.items?.description;
    return [
      ...(missing === undefined ? [path] : []),
      ...withoutDescription(core, `${path}.`),
      ...withoutDescription(core.items ?? {}, `${path}[].`),
    ];
  });
}

/** Names that sound like a secret and are none, with the reason. */
const NOT_SECRET: Readonly<Record<string, string>> = {
  password_changed_at: 'a moment',
  code_expires_at: 'a moment',
  password_length_min: 'a number of the policy',
  access_token_expires_at: 'a moment',
  key_id: 'a name',
  client_key: 'a key’s dates, without the key',
  client_keys: 'the same of many',
  keys: 'the public halves of signing keys',
};

test('looks up names of its own only', () => {
  expect(isActionName('authenticate')).toBe(true);
  for (const name of ['', 'Authenticate', 'toString', '__proto__', 'constructor', 7, null]) {
    expect(isActionName(name)).toBe(false);
  }
});

describe.each(TABLE)('action %s', (name, spec) => {
  test('has a wire name in snake_case and texts', () => {
    expect(name).toMatch(/^[a-z]+(_[a-z]+)*$/);
    expect(spec.summary).toMatch(/\.$/);
    expect(spec.alert).not.toBe('');
  });

  test('shows a session to be in use when it needs one, and draws from a bucket when it changes something', () => {
    if (!accessOf(spec.access).by_nobody) expect(spec.renews).toContain('session');
    // Signing out can be done once for each session, and must be possible for whoever has done too much.
    if (spec.audit !== null && spec.identity !== 'ends') expect(spec.bucket).not.toBe('free');
  });

  test('has an example that fits its schemas', () => {
    expect(spec.params.safeParse(spec.example.params).error).toBeUndefined();
    expect(spec.result.safeParse(spec.example.result).error).toBeUndefined();
  });

  test('has an example that fits its JSON Schemas', () => {
    const schema = schemaFiles().get(`${name}.json`)!;
    const ajv = new Ajv2020({ strict: true, keywords: ['x-secret', 'x-trimmed'] });
    const request = ajv.compile(schema);
    expect(request({ action: name, id: '1', time: 1.5, ...spec.example.params })).toBe(true);
    expect(request({ action: name, ...spec.example.params, no_such_parameter: 1 })).toBe(false);
    expect(request({ action: `${name}_`, ...spec.example.params })).toBe(false);
    const reply = ajv.compile({ $ref: `${schema.$id!}#/$defs/reply` });
    const { response, alert } = spec;
    expect(reply({ response, time: 1, id: '1', alert, result: spec.example.result })).toBe(true);
    expect(
      reply({ response, time: 1, alert, result: { ...spec.example.result, from_the_future: 1 }, more: 2 }),
    ).toBe(true);
    expect(reply({ response, time: 1, alert, result: null })).toBe(false);
  });

  test('refuses unknown parameters', () => {
    expect(spec.params.safeParse({ ...spec.example.params, no_such_parameter: 1 }).success).toBe(false);
    for (const [key, value] of Object.entries(spec.example.params)) {
      if (typeof value !== 'object' || value === null || Array.isArray(value)) continue;
      const inside = { ...spec.example.params, [key]: { ...(value as object), no_such_parameter: 1 } };
      expect(spec.params.safeParse(inside).success).toBe(false);
    }
  });

  test('describes every field', () => {
    expect(withoutDescription(jsonSchemaOf(spec.params, 'sent'))).toEqual([]);
    expect(withoutDescription(jsonSchemaOf(spec.result, 'received'))).toEqual([]);
  });

  test('has no parameter that is called like a name of the envelope', () => {
    for (const envelopeName of ENVELOPE_NAMES)
      expect(Object.keys(spec.params.shape)).not.toContain(envelopeName);
  });

  test('lists its errors once and in order of precedence', () => {
    // `resume` finds out about a session only after the checks that every call goes through.
    const found = spec.errors.filter((code) => !(name === 'resume' && code === 'session_invalid'));
    const sorted = [...found].sort((a, b) => ERROR_CODES.indexOf(a) - ERROR_CODES.indexOf(b));
    expect(found).toEqual(sorted);
    expect(new Set(spec.errors).size).toBe(spec.errors.length);
    expect(new Set(errorsOfSpec(spec)).size).toBe(errorsOfSpec(spec).length);
  });

  test('gives the errors of its access', () => {
    const codes = errorsOfSpec(spec);
    const { client, permission, by_nobody } = accessOf(spec.access);
    expect(codes.includes('unauthenticated')).toBe(!by_nobody);
    expect(codes.includes('forbidden')).toBe(typeof spec.access === 'object');
    expect(codes).toEqual(expect.arrayContaining(['invalid_params', 'internal', 'throttled']));
    if (permission !== null) expect(PERMISSION_NAMES).toContain(permission);
    if (client !== null) expect(CLIENT_PERMISSION_NAMES).toContain(client);
  });

  test('checks passwords, codes and tokens in a bucket that is not free', () => {
    const secrets = fieldsOf(spec.params).filter(([, field]) => marked(field));
    if (secrets.length > 0) expect(['guess', 'token', 'create']).toContain(spec.bucket);
  });

  test('marks every field that sounds like a secret', () => {
    for (const [path, field] of [...fieldsOf(spec.params), ...fieldsOf(spec.result)]) {
      const last = path.split('.').at(-1)!;
      if (!/password|token|code|key|mac/.test(last) || Object.hasOwn(NOT_SECRET, last)) continue;
      expect([path, marked(field)]).toEqual([path, true]);
    }
  });

  test('fits into a frame before sign-in, as far as it is open to strangers', () => {
    const bytes = Buffer.byteLength(JSON.stringify({ action: name, id: '1', ...spec.example.params }));
    if (spec.access === 'public') expect(bytes).toBeLessThan(LIMITS.frame_bytes_max_before_sign_in / 4);
  });
});

describe.each(EVENT_TABLE)('event %s', (name) => {
  const spec = EVENTS[name];

  test('has an example that fits its schemas, and describes every field', () => {
    expect(spec.data.safeParse(spec.example).error).toBeUndefined();
    expect(withoutDescription(jsonSchemaOf(spec.data, 'received'))).toEqual([]);
    const schema = schemaFiles().get('events.json')!;
    const ajv = new Ajv2020({ strict: true, keywords: ['x-secret', 'x-trimmed'] });
    const valid = ajv.compile(schema);
    expect(valid({ event: name, time: 1, data: spec.example })).toBe(true);
    expect(valid({ event: name, time: 1, data: { ...spec.example, from_the_future: 1 } })).toBe(true);
    expect(valid({ event: `${name}_`, time: 1, data: spec.example })).toBe(false);
  });

  test('holds nothing that sounds like a secret', () => {
    const names = fieldsOf(spec.data).map(([path]) => path.split('.').at(-1)!);
    const suspicious = names.filter((field) => /password|token|code|key|mac/.test(field));
    expect(suspicious.filter((field) => !Object.hasOwn(NOT_SECRET, field))).toEqual([]);
  });
});
