// Builds what the two programs and the package's exports run: dist/. Takes under two seconds. With --types it also
// writes the type files of the exports; with --if-needed it does nothing when dist/ is newer than all sources and was made
// by the Node that runs here: compiled code is of use to that one alone.
import './node_version.mjs';
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, statSync, writeFileSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { basename, dirname, join } from 'node:path';
import { build, transform } from 'esbuild';
import { readArguments } from './arguments.mjs';
import { bundleEdits } from './bundle_edits.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);
const asked = readArguments(process.argv.slice(2), {
  usage: 'Usage: npm run build [-- --types] [-- --if-needed]',
  known: ['--types', '--if-needed'],
});

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const outputs = [
  ...['auth-server.js', 'store_writer.js', 'demo.js', 'client.js', 'protocol.js'],
  ...['auth-tui.cjs', 'tui/auth-tui.cjs'],
];
const sources = [
  'package-lock.json',
  ...['build.mjs', 'bundle_edits.mjs', 'code_cache.cjs', 'demo.ts'].map((name) => `scripts/${name}`),
];
/** Says by which Node dist/ was made. */
const BUILT_BY = 'dist/built_by';
const builder = `${process.version} ${process.arch}\n`;
const madeHere = () => existsSync(BUILT_BY) && readFileSync(BUILT_BY, 'utf8') === builder;
if (asked.has('--if-needed') && madeHere() && outputs.every((name) => existsSync(`dist/${name}`))) {
  const built = Math.min(...outputs.map((name) => statSync(`dist/${name}`).mtimeMs));
  if (built > Math.max(newest('src'), ...sources.map((name) => statSync(name).mtimeMs))) {
    process.exit(0);
  }
}

// Whoever waits for what is behind it is told what is going on.
if (asked.has('--if-needed')) console.error('Building ...');

const { version, dependencies } = JSON.parse(readFileSync('package.json', 'utf8'));
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  logLevel: 'warning',
  legalComments: 'none',
  metafile: true,
  define: { __VERSION__: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
};

/**
 * What the server does not bring along in its own files. Unbundled, a library is looked for and read file by file at each
 * start: that was a third of it, and zod alone opens a hundred files at once, more than a process with few descriptors may.
 */
const BUNDLED = new Set([
  'ipaddr.js',
  'lru-cache',
  'nanoid',
  'pino',
  'pino-pretty',
  'rate-limiter-flexible',
  'zod',
]);
const external = Object.keys(dependencies).filter((name) => !BUNDLED.has(name));

/** The index of rate-limiter-flexible loads what it needs for every database there is. */
const onlyInMemory = {
  name: 'only-in-memory',
  setup(bundler) {
    bundler.onLoad({ filter: /rate-limiter-flexible[/\\]index\.js$/ }, ({ path }) => ({
      contents: `module.exports = { RateLimiterMemory: require('./lib/RateLimiterMemory.js'), RateLimiterRes: require('./lib/RateLimiterRes.js') };`,
      resolveDir: dirname(path),
    }));
  },
};
/** Libraries of the older kind ask for modules of Node by a function that modules don't have. */
const banner = {
  js: "import { createRequire as requireFrom } from 'node:module'; const require = requireFrom(import.meta.url);",
};

const [server, exported, tui] = await Promise.all([
  build({
    ...shared,
    entryPoints: {
      'auth-server': 'src/server/main.ts',
      demo: 'scripts/demo.ts',
    },
    outdir: 'dist',
    external,
    banner,
    plugins: [onlyInMemory],
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  build({
    ...shared,
    entryPoints: { client: 'src/client/index.ts', protocol: 'src/protocol/index.ts' },
    outdir: 'dist',
    packages: 'external',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  build({
    ...shared,
    entryPoints: { 'auth-tui': 'src/tui/main.tsx' },
    outdir: 'dist/tui',
    outExtension: { '.js': '.cjs' },
    write: false,
    jsx: 'automatic',
    minify: true,
    splitting: true,
    chunkNames: '[name]-[hash]',
    plugins: [bundleEdits],
    define: { ...shared.define, 'import.meta.url': '__program_url' },
  }),
  build({
    ...shared,
    entryPoints: { 'auth-tui': 'src/tui/load_main.ts' },
    outdir: 'dist',
    outExtension: { '.js': '.cjs' },
    format: 'cjs',
    minify: true,
  }),
  // By itself and not in parts: what it shares with the server would bring with it all that the server needs besides, and
  // a server waits at its start until this thread has loaded.
  build({
    ...shared,
    entryPoints: { store_writer: 'src/server/store/writer/worker.ts' },
    outdir: 'dist',
    external,
    banner,
  }),
]);

// The terminal program's chunks as src/tui/load_main.ts takes them: V8's code cache is for scripts, not for ES modules.
mkdirSync('dist/tui', { recursive: true });
for (const { path, text } of tui.outputFiles) {
  const { code } = await transform(text, {
    format: 'cjs',
    target: shared.target,
    minify: true,
    supported: { 'dynamic-import': false },
    // A Cyrillic letter takes 2 bytes instead of 6; but a chunk with one in it takes twice the memory.
    charset: /(\\u04..){10}/.test(text) ? 'utf8' : 'ascii',
  });
  writeFileSync(path, `(function(exports,require,module,__program_url){${code}})`);
}
removeOthers(
  'dist/chunks',
  [server, exported].flatMap(({ metafile }) => Object.keys(metafile.outputs)),
);
removeOthers('dist/tui', Object.keys(tui.metafile.outputs));
try {
  execFileSync(process.execPath, ['scripts/code_cache.cjs'], { stdio: ['ignore', 'ignore', 'pipe'] });
} catch (error) {
  console.warn(`Without a code cache the terminal program starts a little later: ${error.message}`);
}

writeFileSync(BUILT_BY, builder);

// Chunks have their content in their names, so the ones of earlier builds would pile up.
function removeOthers(folder, written) {
  const names = new Set(written.map((path) => basename(path)));
  for (const name of readdirSync(folder)) {
    if (!names.has(name)) rmSync(join(folder, name), { recursive: true });
  }
}

if (asked.has('--types')) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
