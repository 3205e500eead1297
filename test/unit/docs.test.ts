/** The documents: up to date, complete, and structurally what they claim to be. */
import { spawnSync } from 'node:child_process';
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import {
  errorReplySchema,
  EVENT_NAMES,
  eventSchema,
  HANDSHAKE_SCHEMAS,
  replySchema,
  requestSchema,
  resultSchema,
  schemaFiles,
  type JsonSchema,
} from '../../scripts/docs/json_schema.js';
import { json, outputs } from '../../scripts/docs/outputs.js';
import { portablePattern } from '../../scripts/docs/portable_pattern.js';
import { errorsInPrecedence } from '../../scripts/docs/protocol_md.js';
import {
  ACTION_NAMES,
  ACTIONS,
  ERROR_CODES,
  ERRORS,
  errorsOfSpec,
  EVENTS,
  JSON_FAULTS,
  LIMITS,
  PERMISSION_NAMES,
  BUILT_IN_ROLE_NAMES,
  type ActionSpec,
} from '../../src/protocol/index.js';

const root = new URL('../../', import.meta.url);
const PYTHON = spawnSync('python3', ['--version']).status === 0;
const files = outputs();
const markdown = files.get('docs/protocol.md')!;

test.each([...files.keys()])('%s is what the generator makes', (file) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toBe(files.get(file));
});

test('the generator gives the same twice, and JSON in two spaces with a final newline and nothing invisible', () => {
  expect([...outputs()]).toEqual([...files]);
  for (const [file, text] of files) {
    if (file.endsWith('.json')) expect(text).toBe(json(JSON.parse(text)));
    expect(text).not.toMatch(/[\u2028\u2029]/);
  }
});

describe('protocol.md', () => {
  test('names every action, error, event, limit, reason, permission and role', () => {
    const names = [
      ...ACTION_NAMES,
      ...ERROR_CODES,
      ...Object.keys(EVENTS),
      ...Object.keys(LIMITS),
      ...Object.keys(JSON_FAULTS),
      ...PERMISSION_NAMES,
      ...BUILT_IN_ROLE_NAMES,
    ];
    expect(names.filter((name) => !markdown.includes(`\`${name}\``))).toEqual([]);
    for (const name of ACTION_NAMES) expect(markdown).toContain(`\n### \`${name}\`\n`);
    for (const code of ERROR_CODES) expect(markdown).toContain(ERRORS[code].remedy);
  });

  test('names every reason that the server gives in details', () => {
    const server = fileURLToPath(new URL('src/server', root));
    const words = readdirSync(server, { recursive: true, encoding: 'utf8' })
      .filter((file) => file.endsWith('.ts'))
      .map((file) => readFileSync(path.join(server, file), 'utf8'))
      .flatMap((source) => [
        ...source.matchAll(/(?:\breason: \[?|\brefuse\(\s*|(?<!\blocks|announces?|\bkey): \[)'([a-z_]+)'/g),
      ])
      .map(([, word]) => word!);
    expect(words).toEqual(expect.arrayContaining(['unknown_parameter', 'too_short', 'mixed_scripts']));
    expect([...new Set(words)].filter((word) => !markdown.includes(`\`${word}\``))).toEqual([]);
  });

  test('has no placeholder left, and no broken link inside', () => {
    expect(markdown).not.toMatch(/\{\{|undefined|\[object/);
    const slug = (heading: string): string =>
      heading
        .toLowerCase()
        .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
        .replaceAll(' ', '-');
    const headings = [...markdown.matchAll(/^#+ (.*)$/gm)].map(([, heading]) => slug(heading!));
    const links = [...markdown.matchAll(/\]\(#([^)]*)\)/g)].map(([, link]) => link!);
    expect(links.length).toBeGreaterThan(30);
    expect(links.filter((link) => !headings.includes(link))).toEqual([]);
    expect(headings.length).toBe(new Set(headings).size);
  });

  test('links only to files that exist', () => {
    for (const [, link] of markdown.matchAll(/\]\(([a-z][^)#]*\.[a-z]+)\)/g)) {
      expect(() => readFileSync(new URL(`docs/${link!}`, root))).not.toThrow();
    }
  });

  test('shows only JSON that parses', () => {
    const blocks = [...markdown.matchAll(/```json\n([\s\S]*?)\n```/g)].flatMap(([, block]) =>
      block!.split('\n\n'),
    );
    expect(blocks.length).toBeGreaterThan(50);
    for (const block of blocks) expect(() => void JSON.parse(block)).not.toThrow();
  });

  test('shows frames whose length is right', () => {
    const frames = [...markdown.matchAll(/^[SC]→[SC] {2}((?:[0-9a-f]{2} ){4}) (\{.*\})$/gm)];
    expect(frames.length).toBeGreaterThan(10);
    for (const [, header, body] of frames) {
      expect(Number.parseInt(header!.replaceAll(' ', ''), 16)).toBe(Buffer.byteLength(body!));
    }
  });

  test.each([...ACTION_NAMES])('lists every error of %s once', (name) => {
    const spec: ActionSpec = ACTIONS[name];
    expect([...errorsInPrecedence(name)].sort()).toEqual([...errorsOfSpec(spec)].sort());
  });

  test('tells of a signed-in connection before it looks at the token of `resume`', () => {
    const order = errorsInPrecedence('resume');
    expect(order.indexOf('already_authenticated')).toBeLessThan(order.indexOf('session_invalid'));
    expect(order.indexOf('throttled')).toBeLessThan(order.indexOf('session_invalid'));
    const whoami = errorsInPrecedence('whoami');
    expect(whoami.indexOf('unauthenticated')).toBeLessThan(whoami.indexOf('invalid_params'));
  });
});

describe('limits.json and errors.json', () => {
  type Facts = {
    limits: Record<string, { value: number; unit: string | null }>;
    codes: { code: string; response: number; closes: boolean }[];
    actions: Record<string, { errors: string[]; permission: string | null; session: boolean }>;
  };
  const read = (name: string) => JSON.parse(files.get(`docs/protocol/${name}.json`)!) as Facts;

  test('say what the tables of the document say', () => {
    const { limits } = read('limits');
    expect(Object.fromEntries(Object.entries(limits).map(([name, { value }]) => [name, value]))).toEqual(
      LIMITS,
    );
    expect(limits['frame_bytes_max']).toMatchObject({ value: 65_536, unit: 'bytes' });
    expect(limits['in_flight_max']!.unit).toBeNull();
    const { codes, actions } = read('errors');
    expect(codes.map(({ code }) => code)).toEqual(ERROR_CODES);
    expect(codes.find(({ code }) => code === 'hmac_error')).toMatchObject({ response: 401, closes: true });
    expect(Object.keys(actions)).toEqual(ACTION_NAMES);
    for (const name of ACTION_NAMES) {
      expect(actions[name]!.errors).toEqual(errorsInPrecedence(name));
      expect(markdown).toContain(
        `All, in order of precedence: ${actions[name]!.errors.map((code) => `\`${code}\``).join(', ')}.`,
      );
    }
    expect(actions['create_user']).toMatchObject({ session: true, permission: 'users.create' });
    expect(actions['probe']).toMatchObject({ session: false, permission: null });
  });
});

describe('schemas', () => {
  test.each([...schemaFiles()])('%s compiles', (_, schema) => {
    const ajv = new Ajv2020({ strict: true, strictRequired: true, keywords: ['x-secret', 'x-trimmed'] });
    expect(() => ajv.compile(schema)).not.toThrow();
  });

  /** Every schema inside another, with where it stands. */
  function* inside(schema: JsonSchema, at = ''): Generator<readonly [string, JsonSchema]> {
    yield [at, schema];
    const { properties = {}, $defs = {}, items, anyOf = [], oneOf = [], allOf = [], then } = schema;
    const named = [...Object.entries(properties), ...Object.entries($defs)];
    const listed = [items, then, ...anyOf, ...oneOf, ...allOf].filter((one) => one !== undefined);
    for (const [name, one] of named) yield* inside(one, `${at}/${name}`);
    for (const [index, one] of listed.entries()) yield* inside(one, `${at}/${index}`);
  }
  const sent = [
    ...ACTION_NAMES.map((name) => [`${name} request`, requestSchema(name)] as const),
    ['hello', HANDSHAKE_SCHEMAS.hello] as const,
    ['proof', HANDSHAKE_SCHEMAS.proof] as const,
  ];
  const received = [
    ...ACTION_NAMES.map((name) => [`${name} reply`, replySchema(name, resultSchema(name))] as const),
    ...EVENT_NAMES.map((name) => [`${name} event`, eventSchema(name)] as const),
    ['refusal', errorReplySchema] as const,
    ['challenge', HANDSHAKE_SCHEMAS.challenge] as const,
    ['welcome', HANDSHAKE_SCHEMAS.welcome] as const,
  ];

  test('what a client sends is closed: no name beside those that are named, no word beside those of a list', () => {
    const faults = sent.flatMap(([name, schema]) =>
      [...inside(schema)]
        .filter(
          ([, one]) =>
            (one.properties !== undefined && one.additionalProperties !== false) ||
            (one.examples !== undefined && one.enum === undefined),
        )
        .map(([at]) => name + at),
    );
    expect(faults).toEqual([]);
    const words = sent.flatMap(([, schema]) =>
      [...inside(schema)].filter(([, one]) => one.enum !== undefined),
    );
    expect(words.length).toBeGreaterThan(3);
  });

  test('what a client receives is open: names and words may come', () => {
    const NAMES_THE_FRAME = /^(challenge|welcome|\w+ event|\w+ reply)\/(action|event|response|protocol)$/;
    const faults = received.flatMap(([name, schema]) =>
      [...inside(schema)]
        .filter(
          ([at, one]) =>
            one.enum !== undefined ||
            one.additionalProperties !== undefined ||
            (one.const !== undefined && !NAMES_THE_FRAME.test(name + at) && at !== '/result/protocol'),
        )
        .map(([at]) => name + at),
    );
    expect(faults).toEqual([]);
    const words = received.flatMap(([, schema]) =>
      [...inside(schema)].filter(([, one]) => one.examples !== undefined),
    );
    expect(words.length).toBeGreaterThan(20);
    for (const [at, one] of words) expect([at, one.type]).toEqual([at, 'string']);
  });

  test('a reply and an event of tomorrow fit the schemas of today', () => {
    const ajv = new Ajv2020({ strict: true, strictRequired: false, keywords: ['x-secret', 'x-trimmed'] });
    const reply = ajv.compile(replySchema('get_profile', resultSchema('get_profile')));
    const { account } = ACTIONS.get_profile.example.result;
    const said = { response: 200, time: 1, alert: 'profile' };
    expect(reply({ ...said, result: { account } })).toBe(true);
    const tomorrow = { ...account, status: 'on_leave', roles: ['auditor', 'user'], pronouns: null };
    expect(reply({ ...said, colour: 'red', result: { account: tomorrow, more: 1 } })).toBe(true);
    expect(reply({ ...said, result: { account: { ...account, status: 5 } } })).toBe(false);
    const event = ajv.compile(eventSchema('session_ended'));
    expect(
      event({ event: 'session_ended', time: 1, data: { ...EVENTS.session_ended.example, reason: 'moved' } }),
    ).toBe(true);
  });

  const patterns = [
    ...new Set(
      [...sent, ...received].flatMap(([, schema]) =>
        [...inside(schema)].flatMap(([, { pattern }]) => (pattern === undefined ? [] : [pattern])),
      ),
    ),
  ];
  const TEXTS = [
    ...[
      '',
      'a',
      'Anna',
      'a\nb',
      'a\n',
      'a\tb',
      'a\u007fb',
      'a\u009fb',
      'a\u2028b',
      'a\u2029b',
      'Ирина',
      '🔒',
      '\u00a0',
    ],
    ...[
      '+7 900 000-00-00',
      '0123',
      'https://example.test/x.png',
      'http://',
      'en',
      'ru-RU',
      '12',
      'a.b.c',
      'k-1_',
      'wiki:write',
    ],
    ...['a', 's', 'k'].map((prefix) => `${prefix}_${'0'.repeat(20)}`),
    ...['pcs', 'pcr', 'pcc', 'pca', 'pcd'].map((prefix) => `${prefix}_${'A'.repeat(43)}`),
    'A'.repeat(43),
    `${'A'.repeat(42)}B`,
  ];

  test('patterns are written in words that every language reads', () => {
    expect(patterns.length).toBeGreaterThan(10);
    for (const pattern of patterns) {
      expect(pattern).not.toMatch(/\\[^./nx()+?[\]{}|^$*-]|\(\?[^:]|\\x(?![0-9a-f]{2})/);
      const found = TEXTS.filter((text) => new RegExp(pattern, 'u').test(text));
      expect([pattern, found.length > 0 && found.length < TEXTS.length]).toEqual([pattern, true]);
    }
    expect(() => portablePattern('^(?=a)b$')).toThrow('not every language');
    expect(() => portablePattern('^\\p{L}$')).toThrow('not every language');
    expect(() => portablePattern('^\\d$')).toThrow('not every language');
    // The same characters as the pattern of the contract, before and after.
    for (const [of_contract, portable] of [
      [/^[^\p{Cc}\p{Zl}\p{Zp}]*$/u, portablePattern('^[^\\p{Cc}\\p{Zl}\\p{Zp}]*$')],
      [/^(?:[^\p{Cc}\p{Zl}\p{Zp}]|\n)*$/u, portablePattern('^(?:[^\\p{Cc}\\p{Zl}\\p{Zp}]|\\n)*$')],
    ] as const) {
      const same = new RegExp(portable, 'u');
      for (let code = 0; code <= 0x2100; code += 1) {
        const text = String.fromCodePoint(code);
        expect([code, same.test(text)]).toEqual([code, of_contract.test(text)]);
      }
    }
  });

  test.skipIf(!PYTHON)('patterns find the same in Python', () => {
    const program =
      'import json, re, sys\n' +
      'asked = json.load(sys.stdin)\n' +
      'print(json.dumps([[re.fullmatch(p, t) is not None for t in asked["texts"]] for p in asked["patterns"]]))';
    const { status, stdout, stderr } = spawnSync('python3', ['-c', program], {
      input: JSON.stringify({ patterns, texts: TEXTS }),
      encoding: 'utf8',
    });
    expect([status, stderr]).toEqual([0, '']);
    expect(JSON.parse(stdout)).toEqual(
      patterns.map((pattern) => TEXTS.map((text) => new RegExp(pattern, 'u').test(text))),
    );
  });

  test('mark secrets, and as write-only where they are sent', () => {
    const authenticate = schemaFiles().get('authenticate.json')!.$defs!;
    expect(authenticate['request']!.properties!['user']!.properties!['password']).toMatchObject({
      'x-secret': true,
      writeOnly: true,
    });
    expect(authenticate['result']!.properties!['session_token']).toMatchObject({ 'x-secret': true });
    expect(authenticate['result']!.properties!['session_token']).not.toHaveProperty('writeOnly');
  });
});

describe('asyncapi.json', () => {
  type Ref = { $ref: string };
  type Document = {
    asyncapi: string;
    info: { title: string; version: string };
    channels: Record<string, { messages: Record<string, Ref> }>;
    operations: Record<
      string,
      { action: string; channel: Ref; messages: Ref[]; reply?: { channel: Ref; messages: Ref[] } }
    >;
    components: { messages: Record<string, { payload: object }> };
  };
  const document = JSON.parse(files.get('docs/protocol/asyncapi.json')!) as Document;
  const resolve = (ref: string): unknown =>
    ref
      .replace(/^#\//, '')
      .split('/')
      .reduce<unknown>((inside, name) => (inside as Record<string, unknown> | undefined)?.[name], document);

  test('is AsyncAPI 3.0 with every action, event and frame of the handshake', () => {
    expect(document.asyncapi).toBe('3.0.0');
    for (const name of ACTION_NAMES) expect(document.operations[name]).toMatchObject({ action: 'receive' });
    for (const name of Object.keys(EVENTS)) {
      expect(document.operations[`${name}_event`]).toMatchObject({ action: 'send' });
    }
    for (const name of ['challenge', 'hello', 'proof', 'welcome']) {
      expect(document.components.messages).toHaveProperty(name);
    }
  });

  test('the handshake goes as it goes: a challenge, a hello that only a refusal answers, a proof that the welcome answers', () => {
    const names = (refs: Ref[] = []): string[] => refs.map(({ $ref }) => $ref.split('/').at(-1)!);
    const handshake = ['challenge', 'hello', 'proof'].map((name) => {
      const { action, messages, reply } = document.operations[name]!;
      return { action, messages: names(messages), reply: names(reply?.messages) };
    });
    expect(handshake).toEqual([
      { action: 'send', messages: ['challenge', 'error_reply'], reply: ['hello'] },
      { action: 'receive', messages: ['hello'], reply: ['error_reply'] },
      { action: 'receive', messages: ['proof'], reply: ['welcome', 'error_reply'] },
    ]);
  });

  test('every reference leads somewhere, and messages of operations are those of their channel', () => {
    const refs: string[] = [];
    const walk = (value: unknown): void => {
      if (typeof value !== 'object' || value === null) return;
      for (const [key, inner] of Object.entries(value)) {
        if (key === '$ref') refs.push(String(inner));
        else walk(inner);
      }
    };
    walk(document);
    expect(refs.length).toBeGreaterThan(100);
    for (const ref of refs) expect([ref, resolve(ref) === undefined]).toEqual([ref, false]);
    for (const operation of Object.values(document.operations)) {
      expect(['send', 'receive']).toContain(operation.action);
      for (const { $ref } of [...operation.messages, ...(operation.reply?.messages ?? [])]) {
        expect($ref).toMatch(/^#\/channels\/connection\/messages\/\w+$/);
      }
    }
  });
});
