/**
 * JSON Schemas (2020-12) of everything that crosses the wire, derived from the zod schemas of the contract. What a
 * client sends is closed: `additionalProperties: false`, and words out of an `enum`. What a client receives is open, because
 * fields and words may come: known words are `examples` there. Patterns are those that every regular language reads alike.
 */
import { z } from 'zod';
import {
  ACTION_NAMES,
  ACTIONS,
  challengeSchema,
  ERRORS,
  EVENTS,
  helloSchema,
  isSecret,
  LIMITS,
  proofSchema,
  PROTOCOL,
  welcomeSchema,
  type ActionName,
  type ErrorTable,
  type EventName,
} from '../../src/protocol/index.js';
import { portablePattern } from './portable_pattern.js';

/** The part of JSON Schema that our schemas use. */
export type JsonSchema = {
  $schema?: string;
  $id?: string;
  $ref?: string;
  $defs?: Record<string, JsonSchema>;
  title?: string;
  description?: string;
  type?: string | string[];
  properties?: Record<string, JsonSchema>;
  required?: string[];
  additionalProperties?: boolean;
  items?: JsonSchema;
  anyOf?: JsonSchema[];
  oneOf?: JsonSchema[];
  allOf?: JsonSchema[];
  if?: JsonSchema;
  then?: JsonSchema;
  enum?: (string | number | boolean | null)[];
  const?: string | number | boolean | null;
  pattern?: string;
  format?: string;
  minLength?: number;
  maxLength?: number;
  minItems?: number;
  maxItems?: number;
  minimum?: number;
  maximum?: number;
  default?: unknown;
  examples?: string[];
  writeOnly?: boolean;
  'x-secret'?: boolean;
  'x-trimmed'?: boolean;
};

/** Who writes the value: `sent` by the client (params), or `received` by it (results, events). */
export type Direction = 'sent' | 'received';

const DIALECT = 'https://json-schema.org/draft/2020-12/schema';
const wireId = (name: string): string => `urn:${PROTOCOL.replace('/', ':')}:${name}`;

function trims(schema: unknown): boolean {
  return (
    schema instanceof z.ZodString &&
    (schema._zod.def.checks ?? []).some((check) => check._zod.def.check === 'overwrite')
  );
}

/** The JSON Schema of one zod schema, without `$schema`; secrets and trimmed texts are marked. */
export function jsonSchemaOf(schema: z.ZodType, direction: Direction): JsonSchema {
  const made = z.toJSONSchema(schema, {
    io: direction === 'sent' ? 'input' : 'output',
    override: ({ zodSchema, jsonSchema }) => {
      // The override is told core types; every schema of the contract is a classic one.
      if (zodSchema instanceof z.ZodType && isSecret(zodSchema)) {
        jsonSchema['x-secret'] = true;
        if (direction === 'sent') jsonSchema.writeOnly = true;
      }
      if (trims(zodSchema)) jsonSchema['x-trimmed'] = true;
      if (typeof jsonSchema.pattern === 'string') jsonSchema.pattern = portablePattern(jsonSchema.pattern);
      if (direction === 'received') {
        delete jsonSchema.additionalProperties;
        // Known words and no others: a later version may say more, and a schema that refuses it breaks a client.
        if (jsonSchema.enum !== undefined) {
          jsonSchema.examples = jsonSchema.enum;
          delete jsonSchema.enum;
        }
      }
      // Every number is within these bounds by the JSON rules; saying so at each field only hides the real limits.
      if (jsonSchema.minimum === Number.MIN_SAFE_INTEGER) delete jsonSchema.minimum;
      if (jsonSchema.maximum === Number.MAX_SAFE_INTEGER) delete jsonSchema.maximum;
    },
  });
  delete made.$schema;
  // zod's type is wider than the keywords it writes for our schemas; a test validates the outcome with ajv.
  return made as unknown as JsonSchema;
}

const timeField: JsonSchema = { type: 'number', description: 'Unix seconds, fractions allowed' };
const idField: JsonSchema = {
  type: 'string',
  minLength: 1,
  maxLength: LIMITS.request_id_length_max,
  description: 'chosen by the client; comes back in the reply',
};
const responseField: JsonSchema = { type: 'integer', description: 'three digits; 2xx is success' };

/** The whole object of a request frame. */
export function requestSchema(action: ActionName): JsonSchema {
  const params = jsonSchemaOf(ACTIONS[action].params, 'sent');
  return {
    title: `${action} request`,
    description: ACTIONS[action].summary,
    type: 'object',
    properties: {
      action: { const: action, description: 'the name of the action' },
      id: idField,
      time: timeField,
      ...params.properties,
    },
    required: ['action', ...(params.required ?? [])],
    additionalProperties: false,
  };
}

/** The `result` of a reply. */
export function resultSchema(action: ActionName): JsonSchema {
  return { title: `${action} result`, ...jsonSchemaOf(ACTIONS[action].result, 'received') };
}

/** The whole object of a reply that says yes. */
export function replySchema(action: ActionName, result: JsonSchema): JsonSchema {
  return {
    title: `${action} reply`,
    type: 'object',
    properties: {
      response: { const: ACTIONS[action].response, description: 'three digits; 2xx is success' },
      time: timeField,
      id: { ...idField, description: 'the id of the request; absent if the request had none' },
      alert: { type: 'string', description: 'a short text for people' },
      result,
    },
    required: ['response', 'time', 'alert', 'result'],
  };
}

const errorDetail: JsonSchema = {
  type: 'object',
  properties: {
    path: { type: 'string', description: 'dotted path of the parameter; empty for the message as a whole' },
    reason: { type: 'string', description: 'a stable word for programs' },
    message: { type: 'string', description: 'the same as a sentence' },
  },
  required: ['path', 'reason', 'message'],
};

/** Codes of a table that carry `data`, each with its schema. */
export function dataSchemas(table: ErrorTable): [code: string, schema: JsonSchema][] {
  return Object.entries(table).flatMap(([code, { carries }]): [string, JsonSchema][] =>
    typeof carries === 'object' && carries !== null ? [[code, jsonSchemaOf(carries, 'received')]] : [],
  );
}

/** The whole object of a reply that says no, with a code of a table. */
export function errorReplySchemaOf(table: ErrorTable): JsonSchema {
  const data = dataSchemas(table);
  return {
    title: 'reply that says no',
    type: 'object',
    properties: {
      response: responseField,
      time: timeField,
      id: { ...idField, description: 'the id of the request; absent if it had none or could not be read' },
      error: { type: 'string', description: 'what happened, as a sentence for people' },
      code: { type: 'string', description: 'error code, a word for programs', examples: Object.keys(table) },
      details: { type: 'array', items: errorDetail, description: 'the single faults; may be absent' },
      retry_after_ms: { type: 'number', description: 'wait this many milliseconds; may be absent' },
      ...(data.length === 0
        ? {}
        : {
            data: {
              type: 'object',
              description: 'what the code carries; absent for a code that carries none',
            },
          }),
    },
    required: ['response', 'time', 'error', 'code'],
    // By code and not by form: a code of a later version carries what it likes.
    ...(data.length === 0
      ? {}
      : {
          allOf: data.map(([code, schema]) => ({
            if: { properties: { code: { const: code } }, required: ['code'] },
            then: {
              properties: { data: { title: `data of ${code}`, ...schema } },
              required: ['data'],
            },
          })),
        }),
  };
}

/** The same with the codes of this version. */
export const errorReplySchema: JsonSchema = errorReplySchemaOf(ERRORS);

/** The whole object of an event frame. */
export function eventSchema(event: EventName): JsonSchema {
  return {
    title: `${event} event`,
    description: EVENTS[event].summary,
    type: 'object',
    properties: {
      event: { const: event, description: 'the name of the event' },
      time: timeField,
      data: jsonSchemaOf(EVENTS[event].data, 'received'),
    },
    required: ['event', 'time', 'data'],
  };
}

export const EVENT_NAMES = Object.keys(EVENTS) as readonly EventName[];

/** The four frames of the handshake. */
export const HANDSHAKE_SCHEMAS = {
  challenge: { title: 'challenge', ...jsonSchemaOf(challengeSchema, 'received') },
  hello: { title: 'hello', ...jsonSchemaOf(helloSchema, 'sent') },
  proof: { title: 'proof', ...jsonSchemaOf(proofSchema, 'sent') },
  welcome: { title: 'welcome', ...jsonSchemaOf(welcomeSchema, 'received') },
} as const satisfies Record<string, JsonSchema>;

const document = (name: string, rest: JsonSchema): JsonSchema => ({
  $schema: DIALECT,
  $id: wireId(name),
  ...rest,
});

/** Every schema file by its name inside `schemas/`. */
export function schemaFiles(): Map<string, JsonSchema> {
  const files = new Map<string, JsonSchema>();
  for (const action of ACTION_NAMES) {
    const result: JsonSchema = { $ref: '#/$defs/result' };
    files.set(
      `${action}.json`,
      document(`action:${action}`, {
        description:
          'The document itself describes the request; `$defs` holds `request`, `result` and `reply`.',
        $ref: '#/$defs/request',
        $defs: {
          request: requestSchema(action),
          result: resultSchema(action),
          reply: replySchema(action, result),
        },
      }),
    );
  }
  files.set(
    'envelope.json',
    document('envelope', {
      description: 'Anything that a server sends after the handshake.',
      oneOf: [{ $ref: '#/$defs/reply_result' }, { $ref: '#/$defs/reply_error' }, { $ref: '#/$defs/event' }],
      $defs: {
        request: {
          title: 'request',
          description: 'The envelope alone: the parameters of the action stand beside these names.',
          type: 'object',
          properties: {
            action: { type: 'string', description: 'the name of the action' },
            id: idField,
            time: timeField,
          },
          required: ['action'],
        },
        reply_result: {
          title: 'reply that says yes',
          type: 'object',
          properties: {
            response: responseField,
            time: timeField,
            id: { ...idField, description: 'the id of the request; absent if the request had none' },
            alert: { type: 'string', description: 'a short text for people' },
            result: { type: 'object', description: 'what the action gives' },
          },
          required: ['response', 'time', 'alert', 'result'],
        },
        reply_error: errorReplySchema,
        event: {
          title: 'event',
          type: 'object',
          properties: {
            event: { type: 'string', description: 'the name of the event' },
            time: timeField,
            data: { type: 'object', description: 'the content of the event' },
          },
          required: ['event', 'time', 'data'],
        },
      },
    }),
  );
  files.set(
    'events.json',
    document('events', {
      description: 'The events of this version. Clients ignore events that they do not know.',
      oneOf: EVENT_NAMES.map((event) => ({ $ref: `#/$defs/${event}` })),
      $defs: Object.fromEntries(EVENT_NAMES.map((event) => [event, eventSchema(event)])),
    }),
  );
  files.set(
    'handshake.json',
    document('handshake', {
      description: 'The four frames of the handshake, in their order.',
      oneOf: Object.keys(HANDSHAKE_SCHEMAS).map((frame) => ({ $ref: `#/$defs/${frame}` })),
      $defs: HANDSHAKE_SCHEMAS,
    }),
  );
  return files;
}
