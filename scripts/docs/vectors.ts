/**
 * Test vectors: fixed inputs with what a right implementation makes of them. Expected refusals are written here by hand;
 * the generator stops when the code disagrees with them.
 */
import { accessTokenVectors, channelVectors, connectionStringVectors } from './channel_vectors.js';
import {
  clientMac,
  clientTranscript,
  encodeFrame,
  FrameDecoder,
  idOf,
  LIMITS,
  macKey,
  NO_BINDING,
  parseGuarded,
  parseRequest,
  PROTOCOL,
  serverMac,
  serverTranscript,
  type ChannelBinding,
  type JsonFault,
} from '../../src/protocol/index.js';

const hex = (bytes: Uint8Array): string => Buffer.from(bytes).toString('hex');
const base64url = (bytes: Uint8Array): string => Buffer.from(bytes).toString('base64url');
/** `count` bytes that count up from `from`. */
const counting = (from: number, count = 32): Buffer =>
  Buffer.from(Array.from({ length: count }, (_, at) => (from + at) % 256));

// -- frames ------------------------------------------------------------------------------------------------------

const FRAME_BODIES: readonly (readonly [string, string])[] = [
  ['smallest object', '{}'],
  ['a request', '{"action":"probe","id":"1","time":1795000200.25}'],
  ['cyrillic, two bytes a letter', '{"name":"Анна"}'],
  ['four-byte character', '{"lock":"🔒"}'],
  ['white space counts', '{ "a" : 1 }\n'],
  ['length above 255 uses the third byte', `{"pad":"${'x'.repeat(290)}"}`],
];

function frameVectors(): object {
  const body_bytes_max = LIMITS.frame_bytes_max_before_sign_in;
  const over = Buffer.alloc(4);
  over.writeUInt32BE(body_bytes_max + 1);
  const refused = [
    { name: 'length 0', frame: Buffer.alloc(4), error: 'frame_empty' },
    { name: 'one byte above the limit, refused before any body', frame: over, error: 'frame_too_large' },
    {
      name: 'largest length that four bytes can say',
      frame: Buffer.from('ffffffff', 'hex'),
      error: 'frame_too_large',
    },
    {
      name: 'little-endian length 2 reads as 33554432',
      frame: Buffer.from('020000007b7d', 'hex'),
      error: 'frame_too_large',
    },
    { name: 'no frame at all: HTTP', frame: Buffer.from('GET / HTTP/1.1\r\n'), error: 'frame_too_large' },
  ];
  for (const { name, frame, error } of refused) {
    const decoder = new FrameDecoder(body_bytes_max);
    decoder.push(frame);
    if (decoder.fault !== error) throw new Error(`frame vector "${name}": ${String(decoder.fault)}`);
  }
  const two = Buffer.concat([encodeFrame('{"a":1}'), encodeFrame('{"b":"é"}')]);
  return {
    body_bytes_max,
    accepted: FRAME_BODIES.map(([name, body_text]) => ({
      name,
      body_text,
      body_bytes: Buffer.byteLength(body_text),
      frame_hex: hex(encodeFrame(body_text)),
    })),
    streams: [
      { name: 'two frames in one chunk', chunks_hex: [hex(two)], bodies_text: ['{"a":1}', '{"b":"é"}'] },
      {
        name: 'cut inside a header and inside a character',
        chunks_hex: [
          hex(two.subarray(0, 2)),
          hex(two.subarray(2, 13)),
          hex(two.subarray(13, 22)),
          hex(two.subarray(22)),
        ],
        bodies_text: ['{"a":1}', '{"b":"é"}'],
      },
    ],
    refused: refused.map(({ name, frame, error }) => ({ name, frame_hex: hex(frame), error })),
  };
}

// -- handshake ---------------------------------------------------------------------------------------------------

export type HandshakeVector = ReturnType<typeof handshakeVector>;

function handshakeVector(input: {
  readonly name: string;
  readonly client_key: Buffer;
  readonly key_id: string;
  readonly binding: ChannelBinding;
  readonly challenge: string;
  readonly hello: string;
}) {
  const { client_key, binding } = input;
  const frames = { challenge: Buffer.from(input.challenge), hello: Buffer.from(input.hello) };
  const client_mac = clientMac(client_key, binding, frames);
  const proof = JSON.stringify({ action: 'proof', time: 1795000195.75, mac: base64url(client_mac) });
  const server_mac = serverMac(client_key, binding, frames, Buffer.from(proof));
  const welcome = JSON.stringify({
    response: 200,
    time: 1795000196,
    alert: 'welcome',
    mac: base64url(server_mac),
  });
  return {
    name: input.name,
    client_key_hex: hex(client_key),
    client_key_base64url: base64url(client_key),
    key_id: input.key_id,
    channel_binding: { type: binding.type, data_hex: hex(binding.data) },
    challenge_body_text: input.challenge,
    hello_body_text: input.hello,
    client_role_key_hex: hex(macKey(client_key, 'client')),
    client_transcript_hex: hex(clientTranscript(binding, frames)),
    client_mac_hex: hex(client_mac),
    client_mac_base64url: base64url(client_mac),
    proof_body_text: proof,
    server_role_key_hex: hex(macKey(client_key, 'server')),
    server_transcript_hex: hex(serverTranscript(binding, frames, Buffer.from(proof))),
    server_mac_hex: hex(server_mac),
    server_mac_base64url: base64url(server_mac),
    welcome_body_text: welcome,
  };
}

const challengeText = (nonce: Buffer, channel_binding: string, challenge_id: string): string =>
  JSON.stringify({
    action: 'challenge',
    time: 1795000195.25,
    protocol: PROTOCOL,
    server_name: 'Portcullis',
    challenge_id,
    nonce: base64url(nonce),
    suites: ['hmac-sha256'],
    channel_binding,
    deadline_ms: LIMITS.handshake_ms,
  });

const helloText = (key_id: string, nonce: Buffer, channel_binding: string): string =>
  JSON.stringify({
    action: 'hello',
    time: 1795000195.5,
    key_id,
    nonce: base64url(nonce),
    suite: 'hmac-sha256',
    channel_binding,
  });

/** The handshakes; the first one is worked through in the document. */
export function handshakeVectors(): [HandshakeVector, ...HandshakeVector[]] {
  return [
    handshakeVector({
      name: 'plain loopback, no channel binding',
      client_key: counting(0x00),
      key_id: 'local',
      binding: NO_BINDING,
      challenge: challengeText(counting(0x20), 'none', 'c_1'),
      hello: helloText('local', counting(0x40), 'none'),
    }),
    handshakeVector({
      name: 'TLS 1.3 with exported keying material',
      client_key: counting(0x00),
      key_id: 'local',
      binding: { type: 'tls-exporter', data: counting(0x60) },
      challenge: challengeText(counting(0x20), 'tls-exporter', 'c_1'),
      hello: helloText('local', counting(0x40), 'tls-exporter'),
    }),
    handshakeVector({
      name: 'raw bytes count: other key order, white space, an escape, a field of the future',
      client_key: counting(0xf8),
      key_id: 'lab-2',
      binding: NO_BINDING,
      challenge:
        `{ "nonce":"${base64url(counting(0x80))}", "protocol":"${PROTOCOL}", "server_name":"Решётка \\u2603",` +
        '"challenge_id":"c_2","time":1795000200,"suites":["hmac-sha256","hmac-sha3-256"],"new_field":[1, 2],' +
        '"channel_binding":"none","deadline_ms":5000,"action":"challenge" }\n',
      hello:
        '{"action":"hello", "key_id":"lab-2", "suite":"hmac-sha256", "channel_binding":"none", ' +
        `"nonce":"${base64url(counting(0xa0))}"}`,
    }),
    handshakeVector({
      name: 'every byte 0xff',
      client_key: Buffer.alloc(32, 0xff),
      key_id: 'Z9_-',
      binding: { type: 'tls-exporter', data: Buffer.alloc(32, 0xff) },
      challenge: challengeText(Buffer.alloc(32, 0xff), 'tls-exporter', 'c_3'),
      hello: helloText('Z9_-', Buffer.alloc(32, 0xff), 'tls-exporter'),
    }),
  ];
}

// -- JSON --------------------------------------------------------------------------------------------------------

const nested = (depth: number): string => `{"a":`.repeat(depth - 1) + '{}' + '}'.repeat(depth - 1);
const keys = (count: number): string =>
  `{${Array.from({ length: count }, (_, at) => `"k${at}":0`).join(',')}}`;
const lists = (count: number): string => `{"a":[${Array.from({ length: count }, () => '[]').join(',')}]}`;

const JSON_ACCEPTED: readonly (readonly [string, string | Buffer])[] = [
  ['empty object', '{}'],
  ['white space of all four kinds around', ' \t\r\n{ "a" : [ ] }\n'],
  ['every kind of value', '{"s":"x","n":-1.5e3,"t":true,"f":false,"z":null,"a":[1,[2]],"o":{"p":{}}}'],
  ['same key in different objects', '{"a":{"a":1},"b":[{"a":2},{"a":3}]}'],
  ['a key inside a string is no key', '{"a":"\\"a\\":1,\\"a\\":2"}'],
  ['same word as key and value', '{"a":"a"}'],
  ['keys that differ in case', '{"a":1,"A":2}'],
  ['empty key', '{"":1}'],
  ['braces inside strings', '{"a":"{[{[","b":"]}]}"}'],
  ['escapes', '{"a":"\\"\\\\\\/\\b\\f\\n\\r\\t\\u0041"}'],
  ['surrogate pair as escapes', '{"a":"\\ud83d\\udd12"}'],
  ['surrogate pair in capital digits', '{"a":"\\uD83D\\uDD12"}'],
  ['four-byte character as bytes', '{"a":"🔒"}'],
  ['escaped backslash before u', '{"a":"\\\\u0000 \\\\ud800"}'],
  ['words that only look forbidden', '{"proto":1,"Constructor":2,"a":"__proto__","b":["constructor"]}'],
  ['largest safe integer', '{"a":9007199254740991,"b":-9007199254740991}'],
  ['fraction and exponent', '{"a":0.1,"b":1E+2,"c":1e-7,"d":-0.0}'],
  ['number that is too small becomes 0', '{"a":1e-400}'],
  ['number inside a string', '{"a":"1e400 99999999999999999999"}'],
  [`depth ${LIMITS.json_depth_max}`, nested(LIMITS.json_depth_max)],
  [`${LIMITS.json_keys_max} keys`, keys(LIMITS.json_keys_max)],
  ['U+0001 as an escape', '{"a":"\\u0001"}'],
  ['U+FFFD and U+FEFF inside a string', Buffer.from('7b2261223a22efbfbdefbbbf227d', 'hex')],
];

const JSON_REFUSED: readonly (readonly [string, string | Buffer, JsonFault])[] = [
  ['byte ff', Buffer.from('7b2261223a22ff227d', 'hex'), 'not_utf8'],
  ['overlong slash', Buffer.from('7b2261223a22c0af227d', 'hex'), 'not_utf8'],
  ['surrogate as bytes (CESU-8)', Buffer.from('7b2261223a22eda080227d', 'hex'), 'not_utf8'],
  ['character cut off', Buffer.from('7b2261223a22d0227d', 'hex'), 'not_utf8'],
  ['above U+10FFFF', Buffer.from('7b2261223a22f4908080227d', 'hex'), 'not_utf8'],
  ['lone continuation byte', Buffer.from('7b2261223a2280227d', 'hex'), 'not_utf8'],
  ['UTF-16, little-endian with its mark', Buffer.from('fffe7b007d00', 'hex'), 'not_utf8'],
  ['byte order mark', Buffer.from('efbbbf7b7d', 'hex'), 'not_json'],
  ['UTF-16 without a mark', Buffer.from('007b007d', 'hex'), 'not_json'],
  ['white space only', '  \n', 'not_json'],
  ['half an object', '{"a":1', 'not_json'],
  ['string without end', '{"a":"b', 'not_json'],
  ['trailing comma', '{"a":1,}', 'not_json'],
  ['trailing comma in an array', '{"a":[1,]}', 'not_json'],
  ['no colon', '{"a" 1}', 'not_json'],
  ['no comma', '{"a":1 "b":2}', 'not_json'],
  ['key without quotes', '{a:1}', 'not_json'],
  ['single quotes', "{'a':1}", 'not_json'],
  ['comment', '{"a":1/* no */}', 'not_json'],
  ['two objects', '{}{}', 'not_json'],
  ['something after the object', '{"a":1}x', 'not_json'],
  ['NaN', '{"a":NaN}', 'not_json'],
  ['Infinity', '{"a":Infinity}', 'not_json'],
  ['leading zero', '{"a":01}', 'not_json'],
  ['plus sign', '{"a":+1}', 'not_json'],
  ['point without digits', '{"a":1.}', 'not_json'],
  ['hexadecimal number', '{"a":0x10}', 'not_json'],
  ['line break in a string', '{"a":"b\nc"}', 'not_json'],
  ['byte 00 in a string', Buffer.from('7b2261223a2200227d', 'hex'), 'not_json'],
  ['unknown escape', '{"a":"\\x41"}', 'not_json'],
  ['escape with three digits', '{"a":"\\u004"}', 'not_json'],
  ['capital True', '{"a":True}', 'not_json'],
  ['wrong bracket', '{"a":[1}}', 'not_json'],
  ['an array', '[]', 'not_an_object'],
  ['a string', '"{}"', 'not_an_object'],
  ['a number', '1', 'not_an_object'],
  ['null', 'null', 'not_an_object'],
  ['true', 'true', 'not_an_object'],
  [`depth ${LIMITS.json_depth_max + 1}`, nested(LIMITS.json_depth_max + 1), 'too_deep'],
  [
    'deep arrays',
    `{"a":${'['.repeat(LIMITS.json_depth_max)}${']'.repeat(LIMITS.json_depth_max)}}`,
    'too_deep',
  ],
  ['deep and never closed', '['.repeat(LIMITS.json_depth_max + 1), 'too_deep'],
  [`${LIMITS.json_keys_max + 1} keys`, keys(LIMITS.json_keys_max + 1), 'too_many_keys'],
  [
    `${LIMITS.json_containers_max + 1} objects and arrays`,
    lists(LIMITS.json_containers_max - 1),
    'too_many_values',
  ],
  ['many keys inside', `{"a":[${keys(LIMITS.json_keys_max + 1)}]}`, 'too_many_keys'],
  ['same key twice', '{"a":1,"a":1}', 'duplicate_key'],
  ['same key inside', '{"x":{"a":1,"b":2,"a":3}}', 'duplicate_key'],
  ['same key in an object of an array', '{"x":[{},{"a":1,"a":2}]}', 'duplicate_key'],
  ['same key spelled with an escape', '{"a":1,"\\u0061":2}', 'duplicate_key'],
  ['same key, both escaped', '{"\\u00e9":1,"\\u00E9":2}', 'duplicate_key'],
  ['action twice', '{"action":"probe","action":"quit"}', 'duplicate_key'],
  ['empty key twice', '{"":1,"":2}', 'duplicate_key'],
  ['__proto__', '{"__proto__":{}}', 'forbidden_key'],
  ['__proto__ inside', '{"a":[{"__proto__":1}]}', 'forbidden_key'],
  ['__proto__ with an escape', '{"\\u005f_proto__":1}', 'forbidden_key'],
  ['constructor', '{"constructor":{}}', 'forbidden_key'],
  ['prototype', '{"a":{"prototype":1}}', 'forbidden_key'],
  ['high half alone', '{"a":"\\ud800"}', 'lone_surrogate'],
  ['low half alone', '{"a":"\\udc00"}', 'lone_surrogate'],
  ['halves in the wrong order', '{"a":"\\udd12\\ud83d"}', 'lone_surrogate'],
  ['high half twice', '{"a":"\\ud83d\\ud83d"}', 'lone_surrogate'],
  ['high half, then a letter', '{"a":"\\ud83dx"}', 'lone_surrogate'],
  ['half in a key', '{"\\ud800":1}', 'lone_surrogate'],
  ['U+0000 as an escape', '{"a":"\\u0000"}', 'null_character'],
  ['U+0000 in a key', '{"a\\u0000":1}', 'null_character'],
  ['a noncharacter as an escape', '{"a":"\\uffff"}', 'noncharacter'],
  ['a noncharacter beyond the first plane as an escape', '{"a":"\\ud83f\\udffe"}', 'noncharacter'],
  ['a noncharacter in a key', '{"\\ufdd0":1}', 'noncharacter'],
  ['a noncharacter as it is', '{"a":"\ufffe"}', 'noncharacter'],
  ['2^53', '{"a":9007199254740992}', 'unsafe_number'],
  ['-2^53', '{"a":-9007199254740992}', 'unsafe_number'],
  ['twenty digits', '{"a":99999999999999999999}', 'unsafe_number'],
  ['1e16', '{"a":1e16}', 'unsafe_number'],
  ['not finite', '{"a":1e400}', 'unsafe_number'],
  ['not finite, below', '{"a":[-1e400]}', 'unsafe_number'],
];

/** Bodies with several faults: which of them is told. The order of protocol.md, chapter 5. */
const JSON_SEVERAL: readonly (readonly [string, string | Buffer, JsonFault])[] = [
  [
    'not UTF-8 at the end, everything else before',
    Buffer.from('7b2261223a312c2261223a317dff', 'hex'),
    'not_utf8',
  ],
  ['by place: a big number, then a key twice', '{"a":1e400,"b":1,"b":2}', 'unsafe_number'],
  ['by place: a key twice, then a big number', '{"b":1,"b":2,"a":1e400}', 'duplicate_key'],
  [
    'by place: half a pair, then too deep',
    `{"a":"\\ud800","b":${nested(LIMITS.json_depth_max)}}`,
    'lone_surrogate',
  ],
  [
    'by place: too deep, then half a pair',
    `{"b":${nested(LIMITS.json_depth_max)},"a":"\\ud800"}`,
    'too_deep',
  ],
  ['by place inside a string: half a pair, then U+0000', '{"a":"\\ud800\\u0000"}', 'lone_surrogate'],
  ['by place inside a string: U+0000, then half a pair', '{"a":"\\u0000\\ud800"}', 'null_character'],
  ['a key twice is told at the end of the key, before its value', '{"a":1,"a":1e400}', 'duplicate_key'],
  ['of one key: U+0000 before the key twice', '{"a\\u0000":1,"a\\u0000":2}', 'null_character'],
  ['of one key: forbidden before twice', '{"constructor":1,"constructor":2}', 'forbidden_key'],
  [
    'of one key: twice before too many',
    `{${Array.from({ length: LIMITS.json_keys_max }, (_, at) => `"k${at}":0`).join(',')},"k0":0}`,
    'duplicate_key',
  ],
  [
    'of one key: forbidden before too many',
    keys(LIMITS.json_keys_max).replace('}', ',"__proto__":0}'),
    'forbidden_key',
  ],
  ['syntax comes after what the walk finds: a key twice', '{"a":1,"a":2', 'duplicate_key'],
  ['syntax comes after what the walk finds: a big number', '{"a":01,"b":1e400,}', 'unsafe_number'],
  [
    'syntax comes after what the walk finds: a forbidden key after the end',
    '{}{"__proto__":1}',
    'forbidden_key',
  ],
  ['the walk ends in a string without end: nothing behind it is found', '{"a":1,"a', 'not_json'],
  ['a key with an escape that is none is told at its place', '{"\\x41":1,"a":1,"a":2}', 'not_json'],
  ['a value with an escape that is none is syntax', '{"b":"\\x41","a":1,"a":2}', 'duplicate_key'],
  ['an array with a fault inside', '[{"a":1,"a":2}]', 'duplicate_key'],
  ['an array that is no JSON', '[1,]', 'not_json'],
];

const textOrHex = (body: string | Buffer): { text: string } | { hex: string } =>
  typeof body === 'string' ? { text: body } : { hex: hex(body) };

function jsonVectors(): object {
  for (const [name, body] of JSON_ACCEPTED) {
    const guarded = parseGuarded(Buffer.from(body));
    if ('fault' in guarded) throw new Error(`JSON vector "${name}": refused as ${guarded.fault}`);
  }
  for (const [name, body, reason] of [...JSON_REFUSED, ...JSON_SEVERAL]) {
    const guarded = parseGuarded(Buffer.from(body));
    const found = 'fault' in guarded ? guarded.fault : 'accepted';
    if (found !== reason) throw new Error(`JSON vector "${name}": ${found} instead of ${reason}`);
  }
  return {
    accepted: JSON_ACCEPTED.map(([name, body]) => ({ name, ...textOrHex(body) })),
    refused: JSON_REFUSED.map(([name, body, reason]) => ({ name, ...textOrHex(body), reason })),
    several_faults: JSON_SEVERAL.map(([name, body, reason]) => ({ name, ...textOrHex(body), reason })),
  };
}

/** A short refused body for a reason, for the document. */
export function refusedExample(reason: JsonFault): string | null {
  const found = JSON_REFUSED.find(
    ([, body, fault]) =>
      fault === reason && typeof body === 'string' && body.trim().length > 1 && body.length < 40,
  );
  return typeof found?.[1] === 'string' ? found[1] : null;
}

// -- requests ----------------------------------------------------------------------------------------------------

const REQUESTS_ACCEPTED: readonly (readonly [string, string])[] = [
  ['action alone', '{"action":"probe"}'],
  ['everything', '{"action":"authenticate","id":"7","time":1795000200.25,"user":{"account_name":"anna"}}'],
  ['order of names is free', '{"limit":5,"time":0,"id":"x","action":"login_history"}'],
  [
    `id of ${LIMITS.request_id_length_max} characters`,
    `{"action":"probe","id":"${'i'.repeat(LIMITS.request_id_length_max)}"}`,
  ],
  ['id of any characters', '{"action":"probe","id":"№ 1 / 🔒"}'],
  ['the envelope is fine though there is no such action', '{"action":"no_such_action","id":"2"}'],
  ['the envelope is fine though the parameter is unknown', '{"action":"probe","id":"3","colour":"red"}'],
  ['time may be negative', '{"action":"probe","time":-1.5}'],
];

const REQUESTS_REFUSED: readonly (readonly [string, string])[] = [
  ['empty object', '{}'],
  ['no action', '{"id":"1","time":1795000200}'],
  ['action is a number', '{"action":1,"id":"1"}'],
  ['action is null', '{"action":null,"id":"2"}'],
  ['action is a list', '{"action":["probe"],"id":"3"}'],
  ['id is a number', '{"action":"probe","id":1}'],
  ['id is null', '{"action":"probe","id":null}'],
  ['id is empty', '{"action":"probe","id":""}'],
  ['id is an object', '{"action":"probe","id":{}}'],
  [
    `id of ${LIMITS.request_id_length_max + 1} characters`,
    `{"action":"probe","id":"${'i'.repeat(LIMITS.request_id_length_max + 1)}"}`,
  ],
  ['time is a string', '{"action":"probe","id":"4","time":"1795000200"}'],
  ['time is null', '{"action":"probe","id":"5","time":null}'],
];

function requestVectors(): object {
  const objectOf = (name: string, text: string) => {
    const guarded = parseGuarded(Buffer.from(text));
    if ('fault' in guarded) throw new Error(`request vector "${name}": ${guarded.fault}`);
    return guarded.value;
  };
  return {
    accepted: REQUESTS_ACCEPTED.map(([name, text]) => {
      const request = parseRequest(objectOf(name, text));
      if (request === null) throw new Error(`request vector "${name}" is refused`);
      return { name, text, action: request.action, id: request.id, params: request.params };
    }),
    refused: REQUESTS_REFUSED.map(([name, text]) => {
      const object = objectOf(name, text);
      if (parseRequest(object) !== null) throw new Error(`request vector "${name}" is accepted`);
      return { name, text, error: 'invalid_envelope', reply_id: idOf(object) };
    }),
  };
}

/** The whole file as a value. */
export function vectors(): object {
  return {
    about:
      'Test vectors, generated by scripts/docs.ts. `…_hex` is lower-case hexadecimal, `…_text` is text to be encoded as ' +
      'UTF-8 as it stands, `…_base64url` has no padding. See protocol.md.',
    protocol: PROTOCOL,
    frames: frameVectors(),
    handshake: handshakeVectors(),
    connection_strings: connectionStringVectors(),
    ...channelVectors(),
    access_tokens: accessTokenVectors(),
    json: jsonVectors(),
    requests: requestVectors(),
  };
}
