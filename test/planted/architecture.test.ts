import { mkdirSync, mkdtempSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { cruise, type ICruiseOptions, type ICruiseResult } from 'dependency-cruiser';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ofToday } from '../support/runs.js';

const ROOT = join(import.meta.dirname, '../..');

type Configuration = {
  readonly forbidden: readonly { readonly name: string }[];
  readonly options: ICruiseOptions & { readonly enhancedResolveOptions: object };
};
// A CommonJS file without types: the shape is dependency-cruiser's own.
const configuration = createRequire(import.meta.url)(join(ROOT, '.dependency-cruiser.cjs')) as Configuration;

/** Names of the rules that report something in a tree, sorted, each once; and how many files were looked at. */
async function reported(folder: string): Promise<{ rules: string[]; files: number }> {
  const { enhancedResolveOptions, ...options } = configuration.options;
  const { output } = await cruise(
    ['src'],
    {
      ...options,
      baseDir: folder,
      validate: true,
      // The same list that the check uses; its own type is wider than what the function takes.
      ruleSet: { forbidden: configuration.forbidden } as NonNullable<ICruiseOptions['ruleSet']>,
    },
    enhancedResolveOptions,
  );
  // Without an output type the result is the object itself, not a text.
  const { summary } = output as ICruiseResult;
  const rules = [...new Set(summary.violations.map(({ rule }) => rule.name))].sort();
  return { rules, files: summary.totalCruised };
}

const imports = (...from: string[]): string => from.map((one) => `import '${one}';\n`).join('');

/** For each rule a small tree that breaks it, and nothing else. */
const VIOLATIONS: Readonly<Record<string, Readonly<Record<string, string>>>> = {
  'no-circular': { 'src/client/a.ts': imports('./b.js'), 'src/client/b.ts': imports('./a.js') },
  'no-orphans': { 'src/client/alone.ts': 'export const alone = 1;\n' },
  'protocol-is-pure': {
    'src/protocol/index.ts': imports('../client/index.js'),
    'src/client/index.ts': 'export {};\n',
  },
  'protocol-no-io': { 'src/protocol/index.ts': imports('node:fs') },
  'client-imports-protocol-only': {
    'src/client/index.ts': imports('../tui/text.js'),
    'src/tui/text.ts': 'export {};\n',
  },
  'server-imports-protocol-only': {
    'src/server/main.ts': imports('../client/index.js'),
    'src/client/index.ts': 'export {};\n',
  },
  'tui-never-server': {
    'src/tui/main.tsx': "import type { Config } from '../server/config.js';\nexport type C = Config;\n",
    'src/server/config.ts': 'export type Config = 1;\n',
  },
  'one-door-protocol': {
    'src/client/index.ts': imports('../protocol/limits.js'),
    'src/protocol/limits.ts': 'export {};\n',
  },
  'one-door-client': {
    'src/tui/effects/connect.ts': imports('../../client/transport.js'),
    'src/client/transport.ts': 'export {};\n',
  },
  'one-door-server-rooms': {
    'src/server/dispatch/index.ts': imports('../store/reads.js'),
    'src/server/store/reads.ts': 'export {};\n',
  },
  'one-door-tui-rooms': {
    'src/tui/screens/index.ts': imports('../state/model.js'),
    'src/tui/state/model.ts': 'export {};\n',
  },
  'one-door-tui-start': {
    'src/tui/main.tsx': imports('./terminal/terminal.js'),
    'src/tui/terminal/terminal.ts': 'export {};\n',
  },
  'tui-app-from-the-start-only': {
    'src/tui/screens/index.ts': imports('../app/index.js'),
    'src/tui/app/index.ts': 'export {};\n',
  },
  'tui-screens-from-the-app-only': {
    'src/tui/components/index.ts': imports('../screens/index.js'),
    'src/tui/screens/index.ts': 'export {};\n',
  },
  'tui-components-from-screens-and-app-only': {
    'src/tui/services/index.ts': imports('../components/index.js'),
    'src/tui/components/index.ts': 'export {};\n',
  },
  'tui-commands-load-no-ink': {
    'src/tui/commands/index.ts': imports('../ink/index.js'),
    'src/tui/ink/index.ts': imports('ink'),
  },
  'handlers-touch-no-socket-no-sql': { 'src/server/handlers/index.ts': imports('node:net') },
  'handlers-not-each-other': {
    'src/server/handlers/session/whoami.ts': imports('./resume.js'),
    'src/server/handlers/session/resume.ts': 'export {};\n',
  },
  'handlers-table-by-noun': {
    'src/server/handlers/session/index.ts': imports('../token/refresh.js'),
    'src/server/handlers/token/refresh.ts': 'export {};\n',
  },
  'handlers-table-of-its-parts': {
    'src/server/handlers/index.ts': imports('./token/refresh.js'),
    'src/server/handlers/token/refresh.ts': 'export {};\n',
  },
  'domain-is-pure': { 'src/server/domain/index.ts': imports('node:fs') },
  'sqlite-only-in-its-engine': { 'src/server/store/store.ts': imports('better-sqlite3') },
  'engines-by-their-door': {
    'src/server/store/store.ts': imports('./sqlite/writer.js'),
    'src/server/store/sqlite/writer.ts': 'export {};\n',
  },
  'engines-not-each-other': {
    'src/server/store/postgres/index.ts': imports('../sqlite/index.js'),
    'src/server/store/sqlite/index.ts': 'export {};\n',
  },
  'writer-of-every-engine': {
    'src/server/store/writer/worker.ts': imports('../sqlite/index.js'),
    'src/server/store/sqlite/index.ts': 'export {};\n',
  },
  'pg-only-in-its-engine': { 'src/server/store/store.ts': imports('pg') },
  'operations-know-no-engine': {
    'src/server/store/operations/index.ts': imports('../sqlite/index.js'),
    'src/server/store/sqlite/index.ts': 'export {};\n',
  },
  'ink-only-in-tui': { 'src/client/index.ts': imports('react') },
  'effects-is-the-only-caller-of-the-client': {
    'src/tui/screens/login.tsx': imports('../../client/index.js'),
    'src/client/index.ts': 'export {};\n',
  },
  'tui-state-is-pure': { 'src/tui/state/store.ts': imports('node:fs') },
  'src-never-imports-test': {
    'src/client/index.ts': imports('../../test/support/fake.js'),
    'test/support/fake.ts': 'export {};\n',
  },
  'no-drawers': {
    'src/client/index.ts': imports('./utils.js'),
    'src/client/utils.ts': 'export {};\n',
  },
};

/** More ways to break a rule that has several sides. */
const MORE: readonly (readonly [string, Readonly<Record<string, string>>])[] = [
  ['protocol-no-io', { 'src/protocol/index.ts': imports('node:net') }],
  [
    'handlers-touch-no-socket-no-sql',
    { 'src/server/handlers/index.ts': imports('../net/index.js'), 'src/server/net/index.ts': 'export {};\n' },
  ],
  [
    'handlers-not-each-other',
    {
      'src/server/handlers/session/whoami.ts': imports('../token/refresh.js'),
      'src/server/handlers/token/refresh.ts': 'export {};\n',
    },
  ],
  [
    'handlers-not-each-other',
    {
      'src/server/handlers/replies.ts': imports('./token/refresh.js'),
      'src/server/handlers/token/refresh.ts': 'export {};\n',
    },
  ],
  [
    'domain-is-pure',
    {
      'src/server/domain/index.ts': imports('../store/index.js'),
      'src/server/store/index.ts': 'export {};\n',
    },
  ],
  ['tui-state-is-pure', { 'src/tui/state/store.ts': imports('ink') }],
  [
    'tui-state-is-pure',
    { 'src/tui/state/store.ts': imports('../effects/index.js'), 'src/tui/effects/index.ts': 'export {};\n' },
  ],
  ['ink-only-in-tui', { 'src/server/main.ts': imports('ink') }],
  [
    'one-door-tui-start',
    { 'src/tui/config.ts': imports('./keep/keep.js'), 'src/tui/keep/keep.ts': 'export {};\n' },
  ],
  [
    'no-drawers',
    { 'src/client/index.ts': imports('./helpers/text.js'), 'src/client/helpers/text.ts': 'export {};\n' },
  ],
];

describe('who may import whom', () => {
  let folder: string;
  beforeAll(() => {
    folder = mkdtempSync(join(tmpdir(), 'portcullis-rooms-'));
    symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  });
  afterAll(() => rmSync(folder, { recursive: true, force: true }));

  async function reportedOn(files: Readonly<Record<string, string>>): Promise<string[]> {
    for (const room of ['src', 'test']) rmSync(join(folder, room), { recursive: true, force: true });
    for (const [path, text] of Object.entries(files)) {
      mkdirSync(dirname(join(folder, path)), { recursive: true });
      writeFileSync(join(folder, path), text);
    }
    return (await reported(folder)).rules;
  }

  test('the tree as it is breaks no rule', async () => {
    const { rules, files } = await reported(ROOT);
    expect(rules).toEqual([]);
    expect(files).toBeGreaterThan(100);
  });

  test('every rule has a violation here', () => {
    expect(Object.keys(VIOLATIONS).sort()).toEqual(configuration.forbidden.map(({ name }) => name).sort());
  });

  test.each(ofToday([...Object.entries(VIOLATIONS), ...MORE]))(
    '%s is caught, and nothing else',
    async (rule, files) => {
      expect(await reportedOn(files)).toEqual([rule]);
    },
  );
});

describe('what does not compile', () => {
  const path = join(ROOT, 'test/unit/planted.ts');
  const FRAME = `
    import { fail, type ActionName } from '../../src/protocol/index.js';
    import { HANDLERS, type Handler } from '../../src/server/handlers/index.js';
    import type { HandlersOf } from '../../src/server/handlers/handler.js';
    type Handlers = { readonly [A in ActionName]: Handler<A> };
  `;
  /** One program for all: the sources behind it are read once. */
  let previous: ts.Program | undefined;

  function faultsOf(text: string): { code: number; message: string }[] {
    const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
      config: { compilerOptions: object };
    };
    const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
    options.noUnusedLocals = false;
    const host = ts.createCompilerHost(options);
    const readSource = host.getSourceFile.bind(host);
    host.getSourceFile = (name, languageVersion) =>
      name === path
        ? ts.createSourceFile(name, FRAME + text, languageVersion)
        : (previous?.getSourceFile(name) ?? readSource(name, languageVersion));
    const exists = host.fileExists.bind(host);
    host.fileExists = (name) => name === path || exists(name);
    const program = ts.createProgram([path], options, host);
    previous = program;
    const source = program.getSourceFile(path);
    return [...program.getSemanticDiagnostics(source), ...program.getSyntacticDiagnostics(source)].map(
      ({ code, messageText }) => ({
        code,
        message: ts.flattenDiagnosticMessageText(messageText, '\n'),
      }),
    );
  }

  test('the list of handlers as it is compiles', () => {
    expect(faultsOf('export const all: Handlers = HANDLERS; export const f = fail;')).toEqual([]);
  });

  test('a missing handler', () => {
    const faults = faultsOf(`
      const { probe: _left, ...rest } = HANDLERS;
      export const missing: Handlers = rest;
    `);
    expect(faults).toHaveLength(1);
    expect(faults[0]).toMatchObject({ code: 2741 });
    expect(faults[0]?.message).toContain("Property 'probe' is missing");
  });

  test('a handler of an action that the table does not have', () => {
    const faults = faultsOf('export const extra: Handlers = { ...HANDLERS, nonsense: HANDLERS.probe };');
    expect(faults).toMatchObject([{ code: 2353 }]);
  });

  test('a part of the list that lacks a handler of its noun, or holds one of another', () => {
    const lacking =
      'get_signing_keys: HANDLERS.get_signing_keys, refresh: HANDLERS.refresh, refresh_again: HANDLERS.refresh_again';
    const whole = `${lacking}, verify_token: HANDLERS.verify_token`;
    const part = (handlers: string) => faultsOf(`export const part: HandlersOf<'token'> = { ${handlers} };`);
    expect(part(whole)).toEqual([]);
    expect(part(lacking)).toMatchObject([{ code: 2741 }]);
    expect(part(`${whole}, whoami: HANDLERS.whoami`)).toMatchObject([{ code: 2353 }]);
  });

  test('an error code that the action does not declare', () => {
    const faults = faultsOf("export const bad: Handler<'get_profile'> = () => fail('email_taken');");
    expect(faults).toMatchObject([{ code: 2322 }]);
    expect(faults[0]?.message).toContain('email_taken');
  });

  test('a result without one of its fields, and the handler of another action', () => {
    expect(faultsOf("export const bad: Handler<'whoami'> = () => ({});")).toMatchObject([{ code: 2322 }]);
    expect(faultsOf("export const other: Handler<'quit'> = HANDLERS.whoami;")).toHaveLength(1);
  });
});
