/** The documents: up to date, complete, and structurally what they claim to be. */
import { readdirSync, readFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { Ajv2020 } from 'ajv/dist/2020.js';
import { describe, expect, test } from 'vitest';
import { schemaFiles } from '../../scripts/docs/json_schema.js';
import { outputs } from '../../scripts/docs/outputs.js';
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
  ROLE_NAMES,
  type ActionSpec,
} from '../../src/protocol/index.js';

const root = new URL('../../', import.meta.url);
const files = outputs();
const markdown = files.get('docs/protocol.md')!;

test.each([...files.keys()])('%s is what the generator makes', (file) => {
  expect(readFileSync(new URL(file, root), 'utf8')).toBe(files.get(file));
});

test('the generator gives the same twice, and JSON in two spaces with a final newline', () => {
  expect([...outputs()]).toEqual([...files]);
  for (const [file, text] of files) {
    if (file.endsWith('.json')) expect(text).toBe(`${JSON.stringify(JSON.parse(text), null, 2)}\n`);
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
      ...ROLE_NAMES,
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
        ...source.matchAll(/(?:\breason: \[?|\brefuse\(\s*|(?<!\blocks|announces?): \[)'([a-z_]+)'/g),
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

describe('schemas', () => {
  test.each([...schemaFiles()])('%s compiles', (_, schema) => {
    const ajv = new Ajv2020({ strict: true, strictRequired: true, keywords: ['x-secret', 'x-trimmed'] });
    expect(() => ajv.compile(schema)).not.toThrow();
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
