/** What is added and then forgotten somewhere: the compiler names the one place where something is missing, and no other. */
import { readFileSync } from 'node:fs';
import { join, relative } from 'node:path';
import ts from 'typescript';
import { expect, test } from 'vitest';

const ROOT = join(import.meta.dirname, '../..');
const TUI = join(ROOT, 'src/tui/');

/** Lines that are put into a file, each behind a line that stands there. */
type Planted = Readonly<Record<string, readonly (readonly [after: string, line: string])[]>>;

/** What nothing was planted into is read once for all programs. */
const read = new Map<string, ts.SourceFile | undefined>();

/** What the compiler says of the interface, or of one file of it: file and sentence of each fault. */
function faultsOf(planted: Planted, only?: string): string[] {
  const { config } = ts.readConfigFile(join(ROOT, 'tsconfig.json'), (name) => ts.sys.readFile(name)) as {
    config: { compilerOptions: object };
  };
  const { options } = ts.convertCompilerOptionsFromJson(config.compilerOptions, ROOT);
  const host = ts.createCompilerHost(options);
  const readSource = host.getSourceFile.bind(host);
  host.getSourceFile = (name, languageVersion) => {
    const lines = planted[relative(ROOT, name)];
    if (lines === undefined) {
      if (!read.has(name)) read.set(name, readSource(name, languageVersion));
      return read.get(name);
    }
    let text = readFileSync(name, 'utf8');
    for (const [after, line] of lines) {
      expect(text).toContain(after);
      text = text.replace(after, () => `${after}\n${line}`);
    }
    return ts.createSourceFile(name, text, languageVersion);
  };
  const program = ts.createProgram(
    [only === undefined ? join(TUI, 'main.tsx') : join(ROOT, only)],
    options,
    host,
  );
  return program
    .getSourceFiles()
    .filter(({ fileName }) => (only === undefined ? fileName.startsWith(TUI) : fileName === join(ROOT, only)))
    .flatMap((source) =>
      program
        .getSemanticDiagnostics(source)
        .map(
          ({ messageText }) =>
            `${relative(TUI, source.fileName)}: ${ts.flattenDiagnosticMessageText(messageText, '\n')}`,
        ),
    );
}

test('a new screen misses its component, a new list its entry and its reading, a new event what is done about it', () => {
  const faults = faultsOf({
    'src/tui/state/screen_table.ts': [
      [
        'export const SCREENS = table({',
        "planted_screen: { title: 'users_title', access: 'users.read', tab: 'admin', from: ['users'], keys: [], loads: [] },",
      ],
    ],
    'src/tui/state/list_table.ts': [
      ['type ListTypes = {', 'readonly planted_list: { readonly row: Session; readonly query: PlainQuery };'],
    ],
    'src/tui/state/person.ts': [['export type PersonState = {', 'readonly planted_part: string;']],
    'src/protocol/events.ts': [
      [
        'export const EVENTS = {',
        "planted_event: defineEvent({ summary: 's', data: z.object({}), closes: false, example: {} }),",
      ],
    ],
  });
  const missing = faults.map((fault) => fault.replace(/^(\S+) Property '(\w+)' is missing in .*/s, '$1 $2'));
  expect(missing.sort()).toEqual([
    'effects/effects.ts: planted_event',
    'effects/lists.ts: planted_list',
    'screens/screen_views.tsx: planted_screen',
    'state/list_table.ts: planted_list',
    'state/person.ts: planted_part',
  ]);
}, 60_000);

test('an entry without words, one that comes from nowhere, one in a tab without a key', () => {
  const file = 'src/tui/state/screen_table.ts';
  const entry = (change: Readonly<Record<string, string>>): readonly (readonly [string, string])[] => {
    const parts = { title: "'users_title'", tab: "'admin'", from: "['users']", ...change };
    return [
      [
        'export const SCREENS = table({',
        `planted_screen: { title: ${parts.title}, access: 'users.read', tab: ${parts.tab}, from: ${parts.from}, keys: [], loads: [] },`,
      ],
    ];
  };
  expect(faultsOf({ [file]: entry({}) }, file)).toEqual([]);
  expect(faultsOf({ [file]: entry({ title: "'planted_title'" }) }, file).join()).toContain('"planted_title"');
  expect(faultsOf({ [file]: entry({ from: "['nowhere']" }) }, file).join()).toContain('"nowhere"');
  expect(faultsOf({ [file]: entry({ tab: "'planted_tab'" }) }, file).join()).toContain('"planted_tab"');
}, 60_000);
