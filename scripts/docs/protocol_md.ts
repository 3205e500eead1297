/** Fills the prose of protocol.template.md with tables, values and examples from the contract. */
import { createHmac } from 'node:crypto';
import { readFileSync } from 'node:fs';
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  DEFAULT_PORT,
  encodeEvent,
  encodeFailure,
  encodeFrame,
  encodeRequest,
  encodeResult,
  ERROR_CODES,
  ERRORS,
  errorsOfSpec,
  EVENTS,
  EXPORTER_BYTES,
  EXPORTER_LABEL,
  JSON_FAULTS,
  LIMITS,
  type LimitedBucket,
  ownErrorsOfSpec,
  PERMISSIONS,
  PERMISSION_NAMES,
  PROTOCOL,
  BUILT_IN_ROLE_NAMES,
  CLIENT_PERMISSIONS,
  COMMON_PERMISSIONS,
  BUILT_IN_ROLES,
  CLIENT_KEY_END_REASONS,
  SESSION_END_REASONS,
  type ActionName,
  type ActionSpec,
  BUCKET_LIMITS,
  type Bucket,
  type BucketLimit,
  type ErrorCode,
  type ErrorTable,
  type JsonFault,
} from '../../src/protocol/index.js';
import { fieldsTable, SHARED_OBJECTS } from './fields_table.js';
import {
  dataSchemas,
  EVENT_NAMES,
  HANDSHAKE_SCHEMAS,
  jsonSchemaOf,
  schemaFiles,
  type JsonSchema,
} from './json_schema.js';
import { LIMIT_NOTES, unitOf, type Phase } from './limit_notes.js';
import { accessText, anchor, code, fence, grouped, hexDump, hexLines, table } from './markdown.js';
import { exporterVectors } from './channel_vectors.js';
import { handshakeVectors, refusedExample } from './vectors.js';

/** The moment at which all examples happen. */
const EXAMPLE_NOW_MS = ACTIONS.probe.example.result.server_time_at;
export const LIMIT_NAMES = Object.keys(LIMITS) as (keyof typeof LIMITS)[];
const spec = (action: ActionName): ActionSpec => ACTIONS[action];

// -- errors ------------------------------------------------------------------------------------------------------

const commonErrors = ERROR_CODES.filter((error) =>
  ACTION_NAMES.every((action) => errorsOfSpec(spec(action)).includes(error)),
);
const accessErrors = (access: ActionSpec['access']): ErrorCode[] => {
  const bare: ActionSpec = { ...spec('probe'), access, errors: [] };
  return ERROR_CODES.filter((error) => errorsOfSpec(bare).includes(error) && !commonErrors.includes(error));
};
const sessionErrors = accessErrors('session');
const permissionErrors = accessErrors({ permission: 'users.read' });

/** Every code that calls of an action can give, the one that wins first. */
export function errorsInPrecedence(action: ActionName): readonly ErrorCode[] {
  const entry = spec(action);
  const fromAccess = accessErrors(entry.access);
  const rank = (error: ErrorCode): number => {
    // Whether there is a place is asked when all that was sent is right.
    if (error === 'too_many_connections') return ERROR_CODES.indexOf('storage_unavailable') - 0.5;
    // What an action without a session finds out about a session comes after the checks that every call goes through.
    if (sessionErrors.includes(error) && !fromAccess.includes(error))
      return ERROR_CODES.indexOf('busy') + 0.5;
    return ERROR_CODES.indexOf(error);
  };
  return [...errorsOfSpec(entry)].sort((a, b) => rank(a) - rank(b));
}

const codes = (list: readonly string[]): string => (list.length === 0 ? 'none' : list.map(code).join(', '));

// -- chapters ----------------------------------------------------------------------------------------------------

function wholeConnection(): string {
  const [handshake] = handshakeVectors();
  const at = (seconds: number): number => EXAMPLE_NOW_MS + seconds * 1000;
  const result = (action: ActionName, id: string, seconds: number): string => {
    const { response, alert, example } = spec(action);
    // The session is the one that began a few lines above.
    const { session } = ACTIONS.authenticate.example.result;
    const differs: Partial<Record<ActionName, object>> = {
      whoami: { session },
      probe: { server_time_at: at(seconds) },
    };
    return encodeResult(id, response, alert, { ...example.result, ...differs[action] }, at(seconds));
  };
  const request = (action: ActionName, id: string, seconds: number): string =>
    encodeRequest(action, id, spec(action).example.params, at(seconds));
  const frames: readonly (readonly [string, string])[] = [
    ['S→C', handshake.challenge_body_text],
    ['C→S', handshake.hello_body_text],
    ['C→S', handshake.proof_body_text],
    ['S→C', handshake.welcome_body_text],
    ['C→S', request('authenticate', '1', 0)],
    ['S→C', result('authenticate', '1', 0.25)],
    ['C→S', request('whoami', '2', 0.5)],
    ['S→C', result('whoami', '2', 0.5)],
    ['S→C', encodeEvent('probe', EVENTS.probe.example, at(30.5))],
    ['C→S', request('probe', '3', 30.5)],
    ['S→C', result('probe', '3', 30.5)],
    ['C→S', request('quit', '4', 46)],
    ['S→C', result('quit', '4', 46)],
  ];
  const lines = frames.map(([way, body]) => {
    const header = encodeFrame(body).subarray(0, 4).toString('hex').match(/../g) ?? [];
    return `${way}  ${header.join(' ')}  ${body}`;
  });
  return fence('', lines.join('\n\n'));
}

function limitsTable(phase: Phase): string {
  const rows = LIMIT_NAMES.filter((name) => LIMIT_NOTES[name].phase === phase).map((name) => {
    const { what, why, then } = LIMIT_NOTES[name];
    return [code(name), `${grouped(LIMITS[name])} ${unitOf(name)}`.trim(), what, why, then];
  });
  return table(['limit', 'value', 'what it limits', 'why', 'beyond it'], rows);
}

/** Fits a table cell where the real case is too long or isn't text. */
const LONG_EXAMPLES: Partial<Record<JsonFault, string>> = {
  not_utf8: 'bytes `7b 22 61 22 3a 22 ff 22 7d`',
  too_deep: `${LIMITS.json_depth_max + 1} times \`{"a":\` …`,
  too_many_values: `\`{"a":[[],[],[], … ,[]]}\``,
  too_many_keys: `\`{"k0":0,"k1":0, … ,"k${LIMITS.json_keys_max}":0}\``,
};

function jsonFaults(): string {
  const reasons = Object.keys(JSON_FAULTS) as JsonFault[];
  const rows = reasons.map((reason) => {
    const short = refusedExample(reason);
    return [code(reason), JSON_FAULTS[reason], LONG_EXAMPLES[reason] ?? code(short ?? '')];
  });
  return table(['reason', 'meaning', 'example'], rows);
}

function workedExample(): Record<string, string> {
  const [vector] = handshakeVectors();
  const bytes = (hex: string): Buffer => Buffer.from(hex, 'hex');
  const body = (text: string): Buffer => Buffer.from(text);
  const prk = createHmac('sha256', Buffer.alloc(32)).update(bytes(vector.client_key_hex)).digest('hex');
  const part = (label: string, content: Buffer, shown: string): string[] => {
    const length = Buffer.alloc(4);
    length.writeUInt32BE(content.length);
    return [label, code(length.toString('hex')), String(content.length), shown];
  };
  const binding = bytes(vector.channel_binding.data_hex);
  const tail = Buffer.from(vector.server_transcript_hex.slice(vector.client_transcript_hex.length), 'hex');
  return {
    ex_client_key: fence(
      '',
      `hex        ${vector.client_key_hex}\nbase64url  ${vector.client_key_base64url}`,
    ),
    ex_keys: fence(
      '',
      [
        `prk             ${prk}`,
        `info, client    "${PROTOCOL} client mac" = ${body(`${PROTOCOL} client mac`).toString('hex')}`,
        `key("client")   ${vector.client_role_key_hex}`,
        `info, server    "${PROTOCOL} server mac" = ${body(`${PROTOCOL} server mac`).toString('hex')}`,
        `key("server")   ${vector.server_role_key_hex}`,
      ].join('\n'),
    ),
    ex_challenge: fence('', vector.challenge_body_text),
    ex_challenge_bytes: String(body(vector.challenge_body_text).length),
    ex_hello: fence('', vector.hello_body_text),
    ex_hello_bytes: String(body(vector.hello_body_text).length),
    ex_parts: table(
      ['part', 'length, 4 bytes', 'decimal', 'content'],
      [
        part('protocol', body(PROTOCOL), `${code(PROTOCOL)} = ${code(body(PROTOCOL).toString('hex'))}`),
        part(
          'binding type',
          body(vector.channel_binding.type),
          `${code(vector.channel_binding.type)} = ${code(body(vector.channel_binding.type).toString('hex'))}`,
        ),
        part('binding data', binding, 'nothing'),
        part('challenge', body(vector.challenge_body_text), 'the body above'),
        part('hello', body(vector.hello_body_text), 'the body above'),
      ],
    ),
    ex_transcript: fence('', hexLines(bytes(vector.client_transcript_hex))),
    ex_transcript_bytes: String(bytes(vector.client_transcript_hex).length),
    ex_client_mac: fence(
      '',
      `hex        ${vector.client_mac_hex}\nbase64url  ${vector.client_mac_base64url}`,
    ),
    ex_proof: fence('', vector.proof_body_text),
    ex_proof_bytes: String(body(vector.proof_body_text).length),
    ex_server_tail: fence('', hexLines(tail)),
    ex_server_mac: fence(
      '',
      `hex        ${vector.server_mac_hex}\nbase64url  ${vector.server_mac_base64url}`,
    ),
  };
}

/** The connection string in the words of RFC 5234; `%s` is RFC 7405. A test reads it against the parser. */
const CONNECTION_GRAMMAR = `connection-string = %s"portcullis://" host [ ":" port ] [ "/" ] "?" part *( "&" part )

host       = name / "[" IPv6address [ "%" zone ] "]"      ; IPv6address: RFC 3986
name       = label *( "." label ) [ "." ]                 ; 253 signs at most; no hyphen first
label      = 1*63( ALPHA / DIGIT / "-" / "_" )
zone       = 1*32( ALPHA / DIGIT / "_" / "." / "-" )
port       = 1*5DIGIT                                     ; 1 to 65535

part       = key-part / pin-part / authority-part         ; in any order, each at most once
key-part   = %s"key=" key-id "." bytes32                  ; has to be there
pin-part   = %s"pin=sha256-" bytes32                      ; not beside tls=ca
authority-part = %s"tls=ca"

key-id     = 1*64( ALPHA / DIGIT / "_" / "-" )
bytes32    = 42base64url last                             ; 32 bytes in base64url
base64url  = ALPHA / DIGIT / "-" / "_"
last       = %s"A" / %s"E" / %s"I" / %s"M" / %s"Q" / %s"U" / %s"Y" / %s"c" / %s"g" / %s"k"
           / %s"o" / %s"s" / %s"w" / "0" / "4" / "8"`;

function exporterExample(): Record<string, string> {
  const [first] = exporterVectors();
  if (first === undefined) throw new Error('no exporter vector');
  return {
    ex_exporter: fence(
      '',
      [
        `exporter_master_secret  ${first.exporter_secret_hex}`,
        `derived                 ${first.derived_secret_hex}`,
        `binding data            ${first.keying_material_hex}`,
      ].join('\n'),
    ),
  };
}

/** Whose fault each error of the handshake is. */
const HANDSHAKE_ERRORS = {
  too_many_connections: 'in place of the challenge',
  shutting_down: 'in place of the challenge, or later',
  frame_empty: 'a frame of length 0',
  frame_too_large: 'a frame above the limit before sign-in',
  deadline_exceeded: '`hello` or `proof` did not come in time',
  invalid_json: 'the body breaks a rule of chapter 5',
  handshake_required:
    'the frame is not the one that is due: `proof` before `hello`, any action of chapter 15, or no `action` at all',
  hmac_error:
    'unknown key id, wrong key, wrong MAC, a channel binding that is not the server’s; also a `hello` or `proof` with a field that is missing, misshapen or unknown',
} as const satisfies Partial<Record<ErrorCode, string>>;

const handshakeErrors = (): string =>
  table(
    ['code', 'response', '`error`', 'when'],
    (Object.keys(HANDSHAKE_ERRORS) as (keyof typeof HANDSHAKE_ERRORS)[]).map((error) => [
      code(error),
      String(ERRORS[error].response),
      ERRORS[error].error,
      HANDSHAKE_ERRORS[error],
    ]),
  );

/** A table for each code that carries `data`; nothing when none does. Stands behind the table of codes. */
export const errorsData = (errors: ErrorTable): string =>
  dataSchemas(errors)
    .map(
      ([error, schema]) =>
        `\n\nA refusal with ${code(error)} carries \`data\`:\n\n${fieldsTable(schema, 'always there')}`,
    )
    .join('');

const errorsTable = (): string =>
  table(
    ['code', 'response', '`error`', 'closes', 'what to do'],
    ERROR_CODES.map((error) => {
      const { response, error: sentence, closes, remedy } = ERRORS[error];
      return [code(error), String(response), sentence, closes ? '**closes**' : '', remedy];
    }),
  );

function events(): string {
  return EVENT_NAMES.map((event) =>
    [
      `### Event \`${event}\``,
      EVENTS[event].summary,
      `The fields of \`data\`:`,
      fieldsTable(jsonSchemaOf(EVENTS[event].data, 'received'), 'always there'),
      fence('json', encodeEvent(event, EVENTS[event].example, EXAMPLE_NOW_MS)),
    ].join('\n\n'),
  ).join('\n\n');
}

/** Says the limits of a bucket in words. */
function howOften(bucket: string): string {
  const limits: readonly BucketLimit[] =
    Object.entries(BUCKET_LIMITS).find(([name]) => name === bucket)?.[1] ?? [];
  return limits
    .map(({ points, per_seconds, by }) => {
      const what = by === 'failures' ? `${grouped(points)} failures` : grouped(points);
      return `${what} in ${per_seconds % 60 === 0 ? `${per_seconds / 60} min` : `${per_seconds} s`}`;
    })
    .join('; ');
}

const BUCKETS: Readonly<Record<Bucket | LimitedBucket, string>> = {
  free: 'bounded by the connection alone',
  guess:
    'whatever checks a password, code or token: few wrong ones; right ones are work, too, so they are counted apart',
  token:
    'looks up a token or code that nobody can guess; only those that are not there count, and one that is good always passes',
  create: 'makes durable things for strangers: few per address',
  write: 'changes by people who are signed in',
  list: 'reads that cost the server something',
  refresh: 'besides: exchanges of refresh tokens, by session; the same token again is none',
  resume: 'besides: resumptions, by session',
  email:
    'besides: new e-mail addresses, which tell whether somebody has them: changes by account, registrations that are refused for it by address',
};

function action(name: ActionName): string {
  const entry = spec(name);
  const { params, result } = entry.example;
  const heading = [
    `### \`${name}\``,
    entry.summary,
    ...(entry.notes === undefined ? [] : [entry.notes]),
    table(
      ['access', 'bucket', 'audit log', 'success'],
      [
        [
          accessText(entry.access).replace(/^permission (.*)$/, 'permission `$1`'),
          code(entry.bucket),
          entry.audit === null ? '—' : code(entry.audit),
          `\`response\` ${entry.response}`,
        ],
      ],
    ),
    `Errors of its own: ${codes(ownErrorsOfSpec(entry))}. All, in order of precedence: ${codes(errorsInPrecedence(name))}.`,
  ];
  return [
    ...heading,
    'Parameters:',
    fieldsTable(jsonSchemaOf(entry.params, 'sent'), 'required'),
    'Result:',
    fieldsTable(jsonSchemaOf(entry.result, 'received'), 'always there'),
    'Request and reply on the wire:',
    fence(
      'json',
      `${encodeRequest(name, '1', params, EXAMPLE_NOW_MS)}\n\n${encodeResult('1', entry.response, entry.alert, result, EXAMPLE_NOW_MS + 250)}`,
    ),
  ].join('\n\n');
}

const envelopeDefs = (): Record<string, JsonSchema> => schemaFiles().get('envelope.json')?.$defs ?? {};

function envelopeTable(name: 'request' | 'reply_result' | 'reply_error' | 'event'): string {
  const { details, ...properties } = envelopeDefs()[name]?.properties ?? {};
  // All codes are in a chapter of their own.
  if (properties['code'] !== undefined) properties['code'] = { ...properties['code'], examples: [] };
  const schema: JsonSchema = {
    ...envelopeDefs()[name],
    // Entries of `details` have a table of their own.
    properties: details === undefined ? properties : { ...properties, details: flatDetails },
  };
  return fieldsTable(schema, name === 'request' ? 'required' : 'always there');
}

const flatDetails: JsonSchema = {
  type: 'array',
  items: { type: 'object' },
  description: 'the single faults, see below; may be absent',
};

function sections(): Record<string, string> {
  const dumpBody = '{"name":"Анна"}';
  const [vector] = handshakeVectors();
  const chapters: Record<string, string> = {
    protocol: PROTOCOL,
    default_port: String(DEFAULT_PORT),
    whole_connection: wholeConnection(),
    dump_body: dumpBody,
    dump_body_characters: String(dumpBody.length),
    dump_body_bytes: String(Buffer.byteLength(dumpBody)),
    frame_dump: fence('', hexDump(encodeFrame(dumpBody))),
    json_faults: jsonFaults(),
    json_depth_over: String(LIMITS.json_depth_max + 1),
    request_envelope: envelopeTable('request'),
    request_example: fence(
      'json',
      encodeRequest('authenticate', '7', ACTIONS.authenticate.example.params, EXAMPLE_NOW_MS),
    ),
    reply_envelope: envelopeTable('reply_result'),
    reply_example: fence(
      'json',
      encodeResult('7', 200, ACTIONS.probe.alert, ACTIONS.probe.example.result, EXAMPLE_NOW_MS),
    ),
    error_envelope: envelopeTable('reply_error'),
    error_example: fence(
      'json',
      [
        encodeFailure('8', { failed: 'throttled', retry_after_ms: 4000 }, EXAMPLE_NOW_MS),
        encodeFailure(
          '9',
          {
            failed: 'invalid_params',
            details: [
              { path: 'user.colour', reason: 'unknown_parameter', message: 'There is no such parameter.' },
            ],
          },
          EXAMPLE_NOW_MS,
        ),
        encodeFailure(
          null,
          {
            failed: 'invalid_json',
            details: [{ path: '', reason: 'duplicate_key', message: JSON_FAULTS.duplicate_key }],
          },
          EXAMPLE_NOW_MS,
        ),
      ].join('\n\n'),
    ),
    detail_table: fieldsTable(
      envelopeDefs()['reply_error']?.properties?.['details']?.items ?? {},
      'always there',
    ),
    event_envelope: envelopeTable('event'),
    event_example: fence('json', encodeEvent('session_ended', EVENTS.session_ended.example, EXAMPLE_NOW_MS)),
    key_file: fence('json', JSON.stringify({ key_id: vector.key_id, key: vector.client_key_base64url })),
    connection_string: fence(
      '',
      `portcullis://host:port?key=<key_id>.<base64url key>&pin=sha256-<base64url>\n\n` +
        `portcullis://127.0.0.1:${DEFAULT_PORT}?key=${vector.key_id}.${vector.client_key_base64url}`,
    ),
    connection_grammar: fence('abnf', CONNECTION_GRAMMAR),
    ...exporterExample(),
    exporter_label_bytes: String(EXPORTER_LABEL.length),
    exporter_label: EXPORTER_LABEL,
    exporter_bytes: String(EXPORTER_BYTES),
    challenge_table: fieldsTable(HANDSHAKE_SCHEMAS.challenge, 'always there'),
    hello_table: fieldsTable(HANDSHAKE_SCHEMAS.hello, 'required'),
    proof_table: fieldsTable(HANDSHAKE_SCHEMAS.proof, 'required'),
    welcome_table: fieldsTable(HANDSHAKE_SCHEMAS.welcome, 'always there'),
    ...workedExample(),
    handshake_errors: handshakeErrors(),
    events_table: table(
      ['event', 'meaning', 'closes'],
      EVENT_NAMES.map((event) => [
        `[\`${event}\`](${anchor(`Event ${event}`)})`,
        EVENTS[event].summary,
        EVENTS[event].closes ? '**closes**' : '',
      ]),
    ),
    events: events(),
    session_end_reasons: table(
      ['reason', 'meaning'],
      Object.entries(SESSION_END_REASONS).map(([reason, meaning]) => [code(reason), meaning]),
    ),
    client_key_end_reasons: table(
      ['reason', 'meaning'],
      Object.entries(CLIENT_KEY_END_REASONS).map(([reason, meaning]) => [code(reason), meaning]),
    ),
    errors_table: errorsTable(),
    errors_data: errorsData(ERRORS),
    common_errors: codes(commonErrors),
    session_errors: codes(sessionErrors),
    permission_errors: codes(permissionErrors.filter((error) => !sessionErrors.includes(error))),
    permissions_table: table(
      ['permission', 'allows to', 'actions'],
      PERMISSION_NAMES.map((permission) => [
        code(permission),
        PERMISSIONS[permission],
        codes(
          ACTION_NAMES.filter((name) => {
            return accessOf(spec(name).access).permission === permission;
          }),
        ),
      ]),
    ),
    client_permissions_table: table(
      ['permission', 'allows to', 'actions', 'given by holders of'],
      Object.entries(CLIENT_PERMISSIONS).map(([permission, { meaning, needs }]) => [
        code(permission),
        meaning,
        codes(ACTION_NAMES.filter((name) => accessOf(spec(name).access).client === permission)),
        codes(['clients.manage', ...(needs === null ? [] : [needs])]),
      ]),
    ),
    common_permissions_table: table(
      ['permission', 'allows to'],
      Object.entries(COMMON_PERMISSIONS).map(([permission, meaning]) => [code(permission), meaning]),
    ),
    roles_table: table(
      ['role', 'permissions'],
      BUILT_IN_ROLE_NAMES.map((role) => {
        const held: readonly string[] = BUILT_IN_ROLES[role];
        return [code(role), codes(held)];
      }),
    ),
    shared_objects: SHARED_OBJECTS.map(({ heading, schema, name }) =>
      [`### ${heading}`, fieldsTable(schema, name === 'device' ? 'required' : 'always there')].join('\n\n'),
    ).join('\n\n'),
    actions_table: table(
      ['action', 'gives', 'access'],
      ACTION_NAMES.map((name) => [
        `[\`${name}\`](${anchor(name)})`,
        spec(name).summary,
        accessText(spec(name).access),
      ]),
    ),
    buckets_table: table(
      ['bucket', 'for', 'how often'],
      Object.entries(BUCKETS).map(([bucket, meaning]) => [code(bucket), meaning, howOften(bucket)]),
    ),
    actions: ACTION_NAMES.map(action).join('\n\n'),
  };
  for (const name of LIMIT_NAMES) {
    chapters[`limit:${name}`] = grouped(LIMITS[name]);
    chapters[`limit_plain:${name}`] = String(LIMITS[name]);
  }
  for (const phase of ['before sign-in', 'after sign-in', 'always', 'fields'] as const) {
    chapters[`limits:${phase}`] = limitsTable(phase);
  }
  return chapters;
}

/** The whole document. Throws when template and chapters don't fit each other. */
export function protocolMarkdown(): string {
  const chapters = sections();
  const used = new Set<string>();
  const template = readFileSync(new URL('protocol.template.md', import.meta.url), 'utf8');
  const text = template.replaceAll(/\{\{([^{}]+)\}\}/g, (_, name: string) => {
    const chapter = chapters[name];
    if (chapter === undefined)
      throw new Error(`protocol.template.md asks for {{${name}}}, which nobody makes`);
    used.add(name);
    return chapter;
  });
  const unused = Object.keys(chapters).filter((name) => !name.startsWith('limit') && !used.has(name));
  if (unused.length > 0) throw new Error(`protocol.template.md never uses ${unused.join(', ')}`);
  return text;
}
