/**
 * The worked example of CONTRIBUTING.md is carried out on a copy of the tree: every block goes where the sentence above it
 * says, everything compiles, and the new action proves itself. Then each block is left out, and somebody has to tell.
 */
import { execFile } from 'node:child_process';
import { cpSync, mkdirSync, mkdtempSync, readFileSync, rmSync, symlinkSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { promisify } from 'node:util';
import ts from 'typescript';
import { afterAll, beforeAll, describe, expect, test } from 'vitest';
import { ofToday } from '../support/runs.js';

const ROOT = join(import.meta.dirname, '../..');
const ACTION = 'clear_login_history';
/** What the copy needs to compile, to write its documents and to run the two tests. */
const PARTS = ['src', 'scripts', 'bench', 'docs', 'bin', 'README.md', 'CONTRIBUTING.md', 'LICENSE'];
const SETTINGS = [
  'package.json',
  'package-lock.json',
  'tsconfig.json',
  'vitest.config.ts',
  '.prettierrc.json',
];

/** One block of the example: text for a place in a file. */
type Block = { readonly path: string; readonly before: string | null; readonly text: string };

/** The blocks of the section, in their order. Text in a list is indented by three. */
function blocksOf(markdown: string): Block[] {
  const section = /\n## Adding one action\n([\s\S]*?)\n## /.exec(markdown)?.[1] ?? '';
  const blocks = section.matchAll(
    /(?:In|The new file)\s+`([^`]+)`(?:, before the line\s+`([^`]+)`)?:\n\n {3}```ts\n([\s\S]*?) {3}```\n/g,
  );
  return [...blocks].map(([, path = '', before, text = '']) => ({
    path,
    before: before ?? null,
    text: text.replaceAll(/^ {3}/gm, ''),
  }));
}

const BLOCKS = blocksOf(readFileSync(join(ROOT, 'CONTRIBUTING.md'), 'utf8'));
const nameOf = ({ path, text }: Block): string => `${path}: ${text.trim().split('\n')[0] ?? ''}`;

/** What only a test can tell: a command is missing to nobody but whoever asks for it. */
const toldByTests = ({ path }: Block): boolean => path === 'src/tui/commands/account_commands.ts';

/** The texts of all files that the blocks change, when these blocks are put in. Throws on a place that isn't there, once. */
function texts(blocks: readonly Block[]): Map<string, string> {
  const files = new Map<string, string>();
  for (const { path, before, text } of blocks) {
    if (before === null) {
      files.set(path, text);
      continue;
    }
    const lines = (files.get(path) ?? readFileSync(join(ROOT, path), 'utf8')).split('\n');
    const places = lines.flatMap((line, at) => (line.trim() === before ? [at] : []));
    if (places.length !== 1) throw new Error(`${path} has ${places.length} lines that read ${before}`);
    lines.splice(places[0] ?? 0, 0, text.replace(/\n$/, ''));
    files.set(path, lines.join('\n'));
  }
  return files;
}

let copy: string;

type Run = { readonly ok: boolean; readonly said: string };

async function run(script: string, ...args: string[]): Promise<Run> {
  const command = [join(ROOT, 'node_modules', script), ...args];
  try {
    const { stdout, stderr } = await promisify(execFile)(process.execPath, command, { cwd: copy });
    return { ok: true, said: stdout + stderr };
  } catch (error) {
    const { stdout = '', stderr = '' } = error as { stdout?: string; stderr?: string };
    return { ok: false, said: stdout + stderr };
  }
}
const VITEST = 'vitest/vitest.mjs';

/** The compiler over the copy, which asks anew only about what changed. */
class Compiler {
  readonly #versions = new Map<string, number>();
  readonly #overlay = new Map<string, string | null>();
  readonly #service: ts.LanguageService;

  constructor(folder: string) {
    const configPath = join(folder, 'tsconfig.json');
    const { config } = ts.readConfigFile(configPath, (path) => ts.sys.readFile(path)) as { config: object };
    const { options, fileNames } = ts.parseJsonConfigFileContent(config, ts.sys, folder);
    const exists = (path: string): boolean => this.#overlay.get(path) !== null && ts.sys.fileExists(path);
    this.#service = ts.createLanguageService({
      getCompilationSettings: () => options,
      getScriptFileNames: () => fileNames.filter(exists),
      getScriptVersion: (path) => String(this.#versions.get(path) ?? 0),
      getScriptSnapshot: (path) => {
        const text = this.#overlay.get(path) ?? (exists(path) ? ts.sys.readFile(path) : undefined);
        return text === undefined ? undefined : ts.ScriptSnapshot.fromString(text);
      },
      getCurrentDirectory: () => folder,
      getDefaultLibFileName: ts.getDefaultLibFilePath,
      fileExists: exists,
      readFile: (path) => this.#overlay.get(path) ?? ts.sys.readFile(path),
      readDirectory: (...args) => ts.sys.readDirectory(...args),
      directoryExists: (path) => ts.sys.directoryExists(path),
      getDirectories: (path) => ts.sys.getDirectories(path),
    });
  }

  /** Another text in the place of what is on disk; null: no such file; undefined: what is on disk. */
  set(path: string, text: string | null | undefined): void {
    if (text === undefined) this.#overlay.delete(path);
    else this.#overlay.set(path, text);
    this.#versions.set(path, (this.#versions.get(path) ?? 0) + 1);
  }

  files(): readonly string[] {
    return this.#service.getProgram()?.getRootFileNames() ?? [];
  }

  faultsIn(paths: readonly string[]): string[] {
    return paths
      .filter((path) => this.#overlay.get(path) !== null)
      .flatMap((path) => this.#service.getSemanticDiagnostics(path))
      .map(({ messageText }) => ts.flattenDiagnosticMessageText(messageText, '\n'));
  }
}

beforeAll(() => {
  copy = mkdtempSync(join(tmpdir(), 'portcullis-contributing-'));
  const noGolden = (path: string): boolean => !path.endsWith(join('test', 'golden'));
  for (const name of [...PARTS, ...SETTINGS]) cpSync(join(ROOT, name), join(copy, name), { recursive: true });
  cpSync(join(ROOT, 'test'), join(copy, 'test'), { recursive: true, filter: noGolden });
  symlinkSync(join(ROOT, 'node_modules'), join(copy, 'node_modules'));
  for (const [path, text] of texts(BLOCKS)) {
    mkdirSync(dirname(join(copy, path)), { recursive: true });
    writeFileSync(join(copy, path), text);
  }
});
afterAll(() => rmSync(copy, { recursive: true, force: true }));

test('the example touches as few files as it says, and is formatted like the rest', async () => {
  const paths = new Set(BLOCKS.map(({ path }) => path));
  // And the changelog.
  expect(paths.size + 1).toBe(12);
  expect(await run('prettier/bin/prettier.cjs', '--check', ...paths)).toMatchObject({ ok: true });
});

test('its documents are written by one command, and the new action proves itself on a real server', async () => {
  const written = await run('tsx/dist/cli.mjs', 'scripts/docs.ts');
  expect(written.said).toContain(`docs/protocol/schemas/${ACTION}.json`);
  expect(await run('tsx/dist/cli.mjs', 'scripts/docs.ts', '--check')).toMatchObject({ ok: true });
  const file = 'test/integration/contract_entries.test.ts';
  const proved = await run(VITEST, 'run', '--project', 'quick', file, '-t', `^${ACTION} `);
  expect(proved.said).toMatch(/Tests .*1 passed/);
  expect(proved.ok).toBe(true);
});

describe('a block that is forgotten', () => {
  let compiler: Compiler;
  const all = [...texts(BLOCKS).keys()];
  const inCopy = (path: string): string => join(copy, path);
  // The lists that have to be complete are among the changed files, but for those that put the parts together.
  const looked = [
    ...all,
    'src/server/handlers/index.ts',
    'test/proofs/index.ts',
    'src/tui/commands/words/index.ts',
  ];
  beforeAll(() => {
    compiler = new Compiler(copy);
    expect(compiler.faultsIn(looked.map(inCopy))).toEqual([]);
  });

  const told = BLOCKS.filter((block) => !toldByTests(block));
  test.each(ofToday(told).map((block) => [nameOf(block), block] as const))(
    '%s: the compiler tells',
    (_name, block) => {
      const rest = texts(BLOCKS.filter((one) => one !== block));
      const { path } = block;
      compiler.set(
        inCopy(path),
        rest.get(path) ?? (block.before === null ? null : readFileSync(join(ROOT, path), 'utf8')),
      );
      const faults = compiler.faultsIn(looked.map(inCopy));
      compiler.set(inCopy(path), undefined);
      expect(faults.join('\n')).toMatch(/clear_login_history|clear-history|history_cleared/);
    },
  );

  test('none: it compiles', () => {
    const ofTheProgram = compiler.files().filter((path) => path.startsWith(inCopy('src/')));
    expect(ofTheProgram.length).toBeGreaterThan(100);
    // The tests and scripts that an action concerns are looked at above; what is not said of it there is none of its business.
    expect(compiler.faultsIn(ofTheProgram)).toEqual([]);
  });

  test('the command: its test tells', async () => {
    const block = BLOCKS.find(toldByTests);
    const path = inCopy(block?.path ?? '');
    const whole = readFileSync(path, 'utf8');
    writeFileSync(path, readFileSync(join(ROOT, block?.path ?? ''), 'utf8'));
    const { ok, said } = await run(
      VITEST,
      'run',
      '--project',
      'quick',
      'test/unit/tui_commands/table.test.ts',
    );
    writeFileSync(path, whole);
    expect(ok).toBe(false);
    expect(said).toContain(`"${ACTION}"`);
  });
});
