// Types and lint in one process: both need the types of the tree, and what TypeScript has found out for one it knows for the
// other. With --cached, lint goes by a cache that knows the text of a file and not the types that it takes from others.
import { createHash } from 'node:crypto';
import { mkdirSync, readFileSync } from 'node:fs';
import { join } from 'node:path';
import { ESLint } from 'eslint';
import ts from 'typescript';
import { parser } from 'typescript-eslint';
import { readArguments } from './arguments.mjs';

process.chdir(join(import.meta.dirname, '..'));
const asked = readArguments(process.argv.slice(2), {
  usage: 'Usage: node scripts/types_and_lint.mjs [--cached]',
  known: ['--cached'],
});
/** Ignored by git, and gone after an install: what is cached depends on what is installed. */
const CACHE = 'node_modules/.cache/portcullis';
mkdirSync(CACHE, { recursive: true });
const settings = ['package-lock.json', 'tsconfig.json', 'eslint.config.js']
  .reduce((hash, name) => hash.update(readFileSync(name)), createHash('sha256'))
  .digest('hex')
  .slice(0, 16);

/** The tree as TypeScript sees it, beginning with what it found out the last time. */
function readProgram() {
  const host = {
    ...ts.sys,
    onUnRecoverableConfigFileDiagnostic: (fault) => {
      throw new Error(ts.flattenDiagnosticMessageText(fault.messageText, '\n'));
    },
  };
  const more = { incremental: true, tsBuildInfoFile: `${CACHE}/types.tsbuildinfo` };
  const { fileNames, options, errors } = ts.getParsedCommandLineOfConfigFile('tsconfig.json', more, host);
  return ts.createIncrementalProgram({
    rootNames: fileNames,
    options,
    configFileParsingDiagnostics: errors,
    host: ts.createIncrementalCompilerHost(options),
  });
}

const program = readProgram();

/** ESLint's parser with the types that are there already; by its name and version the cache knows it. */
const parserOfProgram = {
  meta: { ...parser.meta, name: 'parser-of-program' },
  parseForESLint: (text, options) =>
    parser.parseForESLint(text, { ...options, projectService: false, programs: [program.getProgram()] }),
};

/** Returns whether every type is right, and says what is not. */
function checkTypes() {
  const faults = [
    ...program.getConfigFileParsingDiagnostics(),
    ...program.getOptionsDiagnostics(),
    ...program.getSyntacticDiagnostics(),
    ...program.getGlobalDiagnostics(),
    ...program.getSemanticDiagnostics(),
  ];
  // Writes nothing but what is known for the next time.
  faults.push(...program.emit().diagnostics);
  const host = {
    getCurrentDirectory: ts.sys.getCurrentDirectory,
    getCanonicalFileName: (name) => name,
    getNewLine: () => '\n',
  };
  if (faults.length > 0) console.log(ts.formatDiagnostics(ts.sortAndDeduplicateDiagnostics(faults), host));
  return faults.length === 0;
}

/** Returns whether lint finds nothing, not even a warning, and says what it finds. */
async function checkLint() {
  const eslint = new ESLint({
    overrideConfig: {
      files: ['**/*.{ts,tsx}'],
      languageOptions: { parser: parserOfProgram, parserOptions: { projectService: false } },
    },
    ...(asked.has('--cached')
      ? { cache: true, cacheStrategy: 'content', cacheLocation: `${CACHE}/lint-${settings}` }
      : {}),
  });
  const results = await eslint.lintFiles(['.']);
  const { format } = await eslint.loadFormatter('stylish');
  const said = await format(results);
  if (said !== '') console.log(said);
  return results.every(({ errorCount, warningCount }) => errorCount + warningCount === 0);
}

const right = [checkTypes(), await checkLint()];
process.exit(right.every(Boolean) ? 0 : 1);
