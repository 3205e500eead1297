/** Tables of parameters and results, from the JSON Schemas. Holds no fact of the protocol. */
import { isDeepStrictEqual } from 'node:util';
import { ACTIONS, EVENTS } from '../../src/protocol/index.js';
import { jsonSchemaOf, type JsonSchema } from './json_schema.js';
import { anchor, code, table } from './markdown.js';
import { visiblePattern } from './portable_pattern.js';

/** Objects that several tables share; each has a table of its own. */
export const SHARED_OBJECTS = [
  {
    name: 'account',
    heading: 'The object `account`',
    schema: jsonSchemaOf(EVENTS.account_changed.data.shape.account, 'received'),
  },
  {
    name: 'session',
    heading: 'The object `session`',
    schema: jsonSchemaOf(ACTIONS.resume.result.shape.session, 'received'),
  },
  {
    name: 'device',
    heading: 'The object `device`',
    schema: jsonSchemaOf(ACTIONS.authenticate.params.shape.device.unwrap(), 'sent'),
  },
] as const;

const linkTo = (heading: string, name: string): string => `[${name}](${anchor(heading)})`;

/** Unwraps `X or null`. */
function parts(schema: JsonSchema): { core: JsonSchema; nullable: boolean } {
  if (schema.anyOf !== undefined) {
    const core = schema.anyOf.find((option) => option.type !== 'null') ?? schema;
    const outer = schema.description === undefined ? {} : { description: schema.description };
    return { core: { ...core, ...outer }, nullable: true };
  }
  if (Array.isArray(schema.type)) {
    const type = schema.type.find((name) => name !== 'null') ?? 'string';
    return { core: { ...schema, type }, nullable: schema.type.includes('null') };
  }
  return { core: schema, nullable: false };
}

const sharedOf = (schema: JsonSchema) =>
  SHARED_OBJECTS.find(({ schema: shared }) => isDeepStrictEqual(shared.properties, schema.properties));

function typeText(schema: JsonSchema): string {
  const { core, nullable } = parts(schema);
  const orNull = nullable ? ' or null' : '';
  const shared = core.properties === undefined ? undefined : sharedOf(core);
  if (shared !== undefined) return linkTo(shared.heading, shared.name) + orNull;
  if (core.items !== undefined) return `list of ${typeText(core.items)}${orNull}`;
  const type = typeof core.type === 'string' ? core.type : typeof core.const;
  return type + orNull;
}

/** The bounds of a value in words. */
function limitsText(schema: JsonSchema): string {
  const { core } = parts(schema);
  const words: string[] = [];
  if (core.const !== undefined) words.push(`always ${code(JSON.stringify(core.const))}`);
  if (core.enum !== undefined)
    words.push(`one of ${core.enum.map((value) => code(String(value))).join(', ')}`);
  if (core.examples !== undefined && core.examples.length > 0)
    words.push(`today one of ${core.examples.map(code).join(', ')}`);
  if (core.minLength !== undefined && core.maxLength !== undefined) {
    words.push(`${core.minLength} to ${core.maxLength} code points`);
  } else if (core.maxLength !== undefined) words.push(`at most ${core.maxLength} code points`);
  if (core.minimum !== undefined && core.maximum !== undefined) {
    words.push(`${core.minimum} to ${core.maximum}`);
  }
  if (core.maxItems !== undefined) words.push(`at most ${core.maxItems} entries`);
  if (core.pattern !== undefined) words.push(`matches ${code(visiblePattern(core.pattern))}`);
  if (core['x-trimmed'] === true) words.push('trimmed');
  if (core['x-secret'] === true) words.push('**secret**');
  if (core.items !== undefined && sharedOf(core.items) === undefined) {
    const inner = limitsText(core.items);
    if (inner !== '') words.push(`each: ${inner}`);
  }
  return words.join('; ');
}

type Row = readonly [name: string, type: string, required: string, limits: string, meaning: string];

function rowsOf(schema: JsonSchema, prefix: string): Row[] {
  return Object.entries(schema.properties ?? {}).flatMap(([name, field]): Row[] => {
    const path = prefix + name;
    const { core } = parts(field);
    const meaning = field.description ?? core.description ?? core.items?.description ?? '';
    const row: Row = [
      code(path),
      typeText(field),
      schema.required?.includes(name) === true ? 'yes' : 'no',
      limitsText(field),
      meaning,
    ];
    if (core.properties !== undefined && sharedOf(core) === undefined)
      return [row, ...rowsOf(core, `${path}.`)];
    if (core.items?.properties !== undefined && sharedOf(core.items) === undefined) {
      return [row, ...rowsOf(core.items, `${path}[].`)];
    }
    return [row];
  });
}

/** The table of an object's fields; nested ones have dotted names. */
export function fieldsTable(schema: JsonSchema, required: 'required' | 'always there'): string {
  const rows = rowsOf(schema, '');
  return rows.length === 0 ? 'None.' : table(['name', 'type', required, 'limits', 'meaning'], rows);
}
