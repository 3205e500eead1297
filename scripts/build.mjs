// Builds what the two programs and the package's exports run: dist/. Takes under two seconds. With --types it also
// writes the type files of the exports; with --if-needed it does nothing when dist/ is newer than all sources.
import { existsSync, readdirSync, readFileSync, statSync } from 'node:fs';
import { execFileSync } from 'node:child_process';
import { join } from 'node:path';
import { build } from 'esbuild';

const root = join(import.meta.dirname, '..');
process.chdir(root);

const newest = (folder) =>
  readdirSync(folder, { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);

const outputs = ['auth-server.js', 'store_writer.js', 'auth-tui.js', 'client.js', 'protocol.js'];
if (process.argv.includes('--if-needed') && outputs.every((name) => existsSync(`dist/${name}`))) {
  const built = Math.min(...outputs.map((name) => statSync(`dist/${name}`).mtimeMs));
  if (
    built >
    Math.max(newest('src'), statSync('package-lock.json').mtimeMs, statSync('scripts/build.mjs').mtimeMs)
  ) {
    process.exit(0);
  }
}

const { version } = JSON.parse(readFileSync('package.json', 'utf8'));
const shared = {
  bundle: true,
  platform: 'node',
  target: 'node20.19',
  format: 'esm',
  logLevel: 'warning',
  legalComments: 'none',
  define: { __VERSION__: JSON.stringify(version), 'process.env.NODE_ENV': '"production"' },
};
await Promise.all([
  build({
    ...shared,
    entryPoints: {
      'auth-server': 'src/server/main.ts',
      store_writer: 'src/server/store/writer_worker.ts',
      client: 'src/client/index.ts',
      protocol: 'src/protocol/index.ts',
    },
    outdir: 'dist',
    packages: 'external',
    splitting: true,
    chunkNames: 'chunks/[name]-[hash]',
  }),
  existsSync('src/tui/main.tsx') &&
    build({
      ...shared,
      entryPoints: { 'auth-tui': 'src/tui/main.tsx' },
      outdir: 'dist',
      jsx: 'automatic',
      minify: true,
      splitting: true,
      chunkNames: 'chunks/tui-[name]-[hash]',
      // Ink loads its developer tools only when DEV is set; they are not installed.
      external: ['react-devtools-core'],
      banner: {
        js: "import { createRequire as __createRequire } from 'node:module'; const require = __createRequire(import.meta.url);",
      },
    }),
]);
if (process.argv.includes('--types')) {
  execFileSync(process.execPath, ['node_modules/typescript/bin/tsc', '-p', 'tsconfig.types.json'], {
    stdio: 'inherit',
  });
}
