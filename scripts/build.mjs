// Builds what the two programs and the package's exports run: dist/. Takes under two seconds. With --types it also
// writes the type files of the exports; with --if-needed it does nothing when dist/ is newer than all sources.
import { existsSync, readdirSync, readFileSync, rmSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';
import { bundleEdits } from './bundle_edits.mjs';

const root = join(import.meta.dirname, '..');
process.chdir(root);

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const outputs = ['auth-server.js', 'store_writer.js', 'auth-tui.js', 'demo.js', 'client.js', 'protocol.js'];
if (process.argv.includes('--if-needed') && outputs.every((name) => existsSync(`dist/${name}`))) {
  const built = Math.min(...outputs.map((name) => statSync(`dist/${name}`).mtimeMs));
  if (
    built >
    Math.max(
      newest('src'),
      ...['package-lock.json', 'scripts/build.mjs', 'scripts/bundle_edits.mjs', 'scripts/demo.ts'].map(
        (name) => statSync(name).mtimeMs,
      ),
    )
  ) {
    process.exit(0);
  }
}

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

// zod brings the words of forty languages; the programs show their own, so all but English are left out of them.
const withoutZodLanguages = {
  name: 'without-zod-languages',
  setup(builder) {
    builder.onLoad({ filter: /[/\\]zod[/\\]v4[/\\]locales[/\\]index\.js$/ }, () => ({
      contents: "export { default as en } from './en.js';",
      resolveDir: join(root, 'node_modules/zod/v4/locales'),
    }));
  },
};

const results = await Promise.all([
  build({
    ...shared,
    entryPoints: {
      'auth-server': 'src/server/main.ts',
      store_writer: 'src/server/store/writer_worker.ts',
      demo: 'scripts/demo.ts',
    },
    outdir: 'dist',
    // Unbundled, zod opens a hundred files at once: more than a process with few descriptors may.
    external: Object.keys(dependencies).filter((name) => name !== 'zod'),
    plugins: [withoutZodLanguages],
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
    outdir: 'dist',
    jsx: 'automatic',
    minify: true,
    splitting: true,
    chunkNames: 'chunks/tui-[name]-[hash]',
    plugins: [bundleEdits],
    banner: {
      js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
    },
  }),
]);

// Chunks have their content in their names, so the ones of earlier builds would pile up.
const written = new Set(results.flatMap(({ metafile }) => Object.keys(metafile.outputs)));
for (const name of readdirSync('dist/chunks')) {
  if (!written.has(`dist/chunks/${name}`)) rmSync(`dist/chunks/${name}`);
}
if (process.argv.includes('--types')) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
