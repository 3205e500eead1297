/**
 * What a run needs in its temporary folder: a copy of the built server, so that a build in between doesn't change what is
 * measured, and the load generator and the baselines, built the same way as the server.
 */
import { execFileSync } from 'node:child_process';
import { cpSync, mkdtempSync, readdirSync, rmSync, statSync, symlinkSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { build } from 'esbuild';

export const ROOT = join(import.meta.dirname, '..');

export type Programs = Disposable & {
  readonly folder: string;
  readonly server: string;
  readonly tui: string;
  readonly load: string;
  readonly frames: string;
  readonly raw_scrypt: string;
  readonly loop_monitor: string;
  /** A library that makes fsync slower, or the reason why there is none. */
  readonly fsync_delay: { readonly path: string } | { readonly missing: string };
};

function compileFsyncDelay(folder: string): Programs['fsync_delay'] {
  if (process.platform !== 'linux') return { missing: 'needs LD_PRELOAD, which is Linux' };
  const path = join(folder, 'fsync_delay.so');
  const source = join(import.meta.dirname, 'monitor/fsync_delay.c');
  try {
    execFileSync('cc', ['-shared', '-fPIC', '-O2', '-o', path, source, '-ldl'], { stdio: 'pipe' });
    return { path };
  } catch (error) {
    const reason = error instanceof Error ? (error.message.split('\n')[0] ?? '') : String(error);
    return { missing: `no C compiler on this machine (${reason})` };
  }
}

/** When the newest file of a folder was changed, Unix milliseconds. */
function newest(folder: string): number {
  return readdirSync(join(ROOT, folder), { recursive: true, withFileTypes: true })
    .filter((entry) => entry.isFile())
    .reduce((time, entry) => Math.max(time, statSync(join(entry.parentPath, entry.name)).mtimeMs), 0);
}

function buildServer(): void {
  try {
    execFileSync(process.execPath, [join(ROOT, 'scripts/build.mjs'), '--if-needed'], { stdio: 'pipe' });
  } catch (error) {
    // The interface may be broken while somebody works on it; the server is what is measured.
    const built = Math.min(
      ...['auth-server.js', 'store_writer.js'].map((name) => statSync(join(ROOT, 'dist', name)).mtimeMs),
    );
    if (built < Math.max(newest('src/server'), newest('src/protocol'))) throw error;
  }
}

export async function preparePrograms(): Promise<Programs> {
  buildServer();
  const folder = mkdtempSync(join(tmpdir(), 'portcullis-bench-'));
  for (const part of ['bin', 'dist', 'package.json'])
    cpSync(join(ROOT, part), join(folder, part), { recursive: true });
  symlinkSync(join(ROOT, 'node_modules'), join(folder, 'node_modules'));
  await build({
    entryPoints: {
      load: join(import.meta.dirname, 'load/main.ts'),
      frames: join(import.meta.dirname, 'baselines/frames.ts'),
      raw_scrypt: join(import.meta.dirname, 'baselines/raw_scrypt.ts'),
    },
    outdir: join(folder, 'programs'),
    outExtension: { '.js': '.mjs' },
    bundle: true,
    packages: 'external',
    platform: 'node',
    format: 'esm',
    target: 'node20.19',
    logLevel: 'warning',
  });
  return {
    folder,
    server: join(folder, 'bin/auth-server.js'),
    tui: join(folder, 'bin/auth-tui.js'),
    load: join(folder, 'programs/load.mjs'),
    frames: join(folder, 'programs/frames.mjs'),
    raw_scrypt: join(folder, 'programs/raw_scrypt.mjs'),
    loop_monitor: join(import.meta.dirname, 'monitor/loop_monitor.cjs'),
    fsync_delay: compileFsyncDelay(folder),
    [Symbol.dispose]: () => rmSync(folder, { recursive: true, force: true }),
  };
}
