/** The AsyncAPI 3.0 document, written from the server's side: it receives requests and sends events. */
import {
  ACTION_NAMES,
  ACTIONS,
  DEFAULT_PORT,
  EVENTS,
  FRAME_HEADER_BYTES,
  PROTOCOL,
  type ActionName,
  type ActionSpec,
} from '../../src/protocol/index.js';
import {
  errorReplySchema,
  EVENT_NAMES,
  eventSchema,
  HANDSHAKE_SCHEMAS,
  replySchema,
  requestSchema,
  resultSchema,
  type JsonSchema,
} from './json_schema.js';
import { accessText } from './markdown.js';

type Message = Record<string, unknown>;

const correlationId = {
  description: 'The id that the client chose; the reply carries the same.',
  location: '$message.payload#/id',
};
const inChannel = (message: string) => ({ $ref: `#/channels/connection/messages/${message}` });
const inComponents = (message: string) => ({ $ref: `#/components/messages/${message}` });
const channel = { $ref: '#/channels/connection' };

/**
 * A payload in AsyncAPI's default schema format, which every tool reads. It extends draft 7; the keywords that our
 * schemas use mean the same there as in 2020-12.
 */
const payload = (schema: JsonSchema): JsonSchema => schema;

function messages(): Record<string, Message> {
  const all: Record<string, Message> = {};
  for (const [name, schema] of Object.entries(HANDSHAKE_SCHEMAS)) {
    all[name] = { name, title: `${name} (handshake)`, payload: payload(schema) };
  }
  for (const action of ACTION_NAMES) {
    all[`${action}_request`] = {
      name: `${action}_request`,
      title: `${action} request`,
      summary: ACTIONS[action].summary,
      correlationId,
      payload: payload(requestSchema(action)),
      examples: [{ name: action, payload: { action, id: '1', ...ACTIONS[action].example.params } }],
    };
    all[`${action}_reply`] = {
      name: `${action}_reply`,
      title: `${action} reply`,
      correlationId,
      payload: payload(replySchema(action, resultSchema(action))),
    };
  }
  all['error_reply'] = {
    name: 'error_reply',
    title: 'reply that says no',
    summary: 'Any request can be answered with it; `code` tells why.',
    correlationId,
    payload: payload(errorReplySchema),
  };
  for (const event of EVENT_NAMES) {
    all[`${event}_event`] = {
      name: `${event}_event`,
      title: `${event} event`,
      summary: EVENTS[event].summary,
      payload: payload(eventSchema(event)),
    };
  }
  return all;
}

function actionOperation(action: ActionName): object {
  const spec: ActionSpec = ACTIONS[action];
  return {
    action: 'receive',
    channel,
    title: action,
    summary: spec.summary,
    ...(spec.notes === undefined ? {} : { description: spec.notes }),
    messages: [inChannel(`${action}_request`)],
    reply: { channel, messages: [inChannel(`${action}_reply`), inChannel('error_reply')] },
    'x-access': accessText(spec.access),
    'x-bucket': spec.bucket,
  };
}

function operations(): Record<string, object> {
  const all: Record<string, object> = {
    challenge: {
      action: 'send',
      channel,
      title: 'challenge',
      summary: 'The first frame of every connection; the client answers with `hello`.',
      description: 'A server that takes no more connections sends `error_reply` in its place, and closes.',
      messages: [inChannel('challenge'), inChannel('error_reply')],
      reply: { channel, messages: [inChannel('hello')] },
    },
    hello: {
      action: 'receive',
      channel,
      title: 'hello',
      summary: 'The client says which key it holds and on which channel it believes to be.',
      description:
        'Nothing answers a `hello` that can be used: the client goes on with `proof`, in the same breath if it likes. One that can ' +
        'not be used is answered with `error_reply`, and the server closes.',
      messages: [inChannel('hello')],
      reply: { channel, messages: [inChannel('error_reply')] },
    },
    proof: {
      action: 'receive',
      channel,
      title: 'proof',
      summary: 'The client proves that it holds the client key; the server answers with its own proof.',
      description:
        'Comes after `hello`. A refusal closes. After `welcome` come the requests, and not before.',
      messages: [inChannel('proof')],
      reply: { channel, messages: [inChannel('welcome'), inChannel('error_reply')] },
    },
  };
  for (const action of ACTION_NAMES) all[action] = actionOperation(action);
  for (const event of EVENT_NAMES) {
    all[`${event}_event`] = {
      action: 'send',
      channel,
      title: `${event} event`,
      summary: EVENTS[event].summary,
      messages: [inChannel(`${event}_event`)],
    };
  }
  return all;
}

/** The whole document as a value. */
export function asyncApi(): object {
  const all = messages();
  return {
    asyncapi: '3.0.0',
    info: {
      title: 'Portcullis',
      version: PROTOCOL.split('/')[1],
      description:
        `Protocol ${PROTOCOL}. Each message is one frame: ${FRAME_HEADER_BYTES} bytes of big-endian length, then that ` +
        'many bytes of JSON. The handshake comes first. See protocol.md.',
      license: { name: 'MIT' },
    },
    defaultContentType: 'application/json',
    servers: {
      plain: {
        host: `127.0.0.1:${DEFAULT_PORT}`,
        protocol: 'tcp',
        description: 'Plain TCP, on loopback only; channel binding `none`.',
      },
      tls: {
        host: '{host}:{port}',
        protocol: 'tls',
        protocolVersion: '1.3',
        description: 'TLS 1.3; channel binding `tls-exporter`.',
        variables: {
          host: { default: 'auth.example.test', description: 'name or address of the server' },
          port: { default: String(DEFAULT_PORT), description: 'TCP port' },
        },
      },
    },
    channels: {
      connection: {
        address: null,
        title: 'connection',
        description: 'One TCP or TLS connection; both directions carry frames.',
        messages: Object.fromEntries(Object.keys(all).map((name) => [name, inComponents(name)])),
      },
    },
    operations: operations(),
    components: { messages: all },
  };
}
