/** The doctor on the data folder: whose it is, who may look into it, whether it can be written, how much space is left, what was left over. */
import {
  accessSync,
  constants,
  lstatSync,
  readdirSync,
  rmSync,
  statfsSync,
  statSync,
  writeFileSync,
  type Stats,
} from 'node:fs';
import { join } from 'node:path';
import {
  codeOf,
  distrust,
  isUsed,
  kindOf,
  meaningOf,
  OF_OTHERS,
  ownUser,
  replaceableIn,
} from '../data_folder/index.js';
import { failed, ok, warning, type Finding } from './finding.js';

const MIB = 1024 * 1024;
/** The database needs room for its log beside it, and for the copy that a migration makes. */
const SPACE_LOW = 1024 * MIB;
const SPACE_OUT = 100 * MIB;
/** Files that hold nothing of anybody. */
const PUBLIC_FILES: ReadonlySet<string> = new Set(['README.md', 'config.json']);
/** A draft younger than this may be one that a server is just writing. */
const DRAFT_YOUNG_MS = 60_000;

export function checkFolder(folder: string): { findings: readonly Finding[]; readable: boolean } {
  let stats: Stats;
  let names: string[];
  try {
    stats = statSync(folder);
    if (stats.isDirectory()) accessSync(folder, constants.R_OK | constants.X_OK);
    names = stats.isDirectory() ? readdirSync(folder) : [];
  } catch (error) {
    const finding =
      codeOf(error) === 'ENOENT'
        ? failed(
            'data_folder',
            `There is no data folder ${folder}.`,
            'Start auth-server once, or name it with --data.',
          )
        : failed(
            'data_folder',
            `The data folder ${folder} can not be read (${codeOf(error)}).`,
            meaningOf(codeOf(error)),
          );
    return { findings: [finding], readable: false };
  }
  if (!stats.isDirectory()) {
    const finding = failed(
      'data_folder',
      `${folder} is not a folder but ${kindOf(stats)}.`,
      'Name another one with --data.',
    );
    return { findings: [finding], readable: false };
  }
  return { findings: [checkOwner(folder, stats), checkModes(folder, stats, names)], readable: true };
}

function checkOwner(folder: string, { uid }: Stats): Finding {
  const us = ownUser();
  if (us === null || us === uid) return ok('data_folder', `The data folder is ${folder}.`);
  if (us === 0)
    return ok(
      'data_folder',
      `The data folder is ${folder}; it belongs to user ${uid}, who has to run the server.`,
    );
  return failed(
    'data_folder',
    `The data folder ${folder} belongs to user ${uid}, and this runs as user ${us}.`,
    'Run the server and its commands as the owner, or change the owner with chown -R.',
  );
}

function checkModes(folder: string, stats: Stats, names: readonly string[]): Finding {
  const open: string[] = [];
  const foreign: string[] = [];
  for (const name of names) {
    const file = lstatSync(join(folder, name), { throwIfNoEntry: false });
    if (file === undefined) continue;
    if (isUsed(name)) {
      const reason = distrust(join(folder, name), file, stats.uid);
      if (reason !== null && !file.isFile())
        return failed('permissions', reason, 'The server does not start with it.');
    }
    if (!file.isFile() || PUBLIC_FILES.has(name)) continue;
    if ((file.mode & OF_OTHERS) !== 0) open.push(name);
    if (file.uid !== stats.uid) foreign.push(name);
  }
  if (open.length > 0) {
    return failed(
      'permissions',
      `Other users of this machine may read or change ${open.join(', ')}.`,
      `Take that away: chmod 600 ${open.map((name) => join(folder, name)).join(' ')}`,
    );
  }
  if (foreign.length > 0) {
    return failed(
      'permissions',
      `${foreign.join(', ')} belong to another user than the folder.`,
      'Remove them, or give them back with chown: the server does not use them.',
    );
  }
  if ((stats.mode & 0o022) !== 0) {
    const says = `Other users of this machine may put files into ${folder}.`;
    return failed('permissions', says, `Take that away: chmod 700 ${folder}`);
  }
  if ((stats.mode & OF_OTHERS) !== 0) {
    const says = `Other users of this machine may see which files ${folder} holds, though not read them.`;
    return warning('permissions', says, `Take that away: chmod 700 ${folder}`);
  }
  const replaceable = replaceableIn(folder);
  if (replaceable !== null) {
    const says = `Other users of this machine may rename things in ${replaceable}, and so replace the data folder.`;
    return warning(
      'permissions',
      says,
      `Take that away: chmod go-w ${replaceable}, or choose another place.`,
    );
  }
  return ok('permissions', 'The data folder and its files are for their owner alone.');
}

const PROBE_FILE = 'doctor_probe';

/** Writes a file and takes it away again: what the modes say is not all that can stand in the way. */
export function checkWriting(folder: string): Finding {
  const us = ownUser();
  if (us !== null && statSync(folder).uid !== us)
    return ok('writing', 'Whether the folder can be written, only its owner can try.');
  const probe = join(folder, PROBE_FILE);
  let path = probe;
  try {
    rmSync(probe, { force: true });
    writeFileSync(probe, 'x'.repeat(4_096), { flag: 'wx', mode: 0o600, flush: true });
    for (const name of readdirSync(folder).filter(isUsed)) {
      path = join(folder, name);
      accessSync(path, constants.R_OK | constants.W_OK);
    }
    return ok('writing', 'The data folder and its files can be written.');
  } catch (error) {
    const code = codeOf(error);
    const what = path === probe ? `The data folder ${folder}` : `The file ${path}`;
    return failed('writing', `${what} can not be written (${code}).`, meaningOf(code));
  } finally {
    rmSync(probe, { force: true });
  }
}

export function checkSpace(folder: string): Finding {
  const { bavail, bsize } = statfsSync(folder);
  const free = bavail * bsize;
  const says = `${Math.floor(free / MIB)} MiB are free for the data folder.`;
  if (free < SPACE_OUT)
    return failed('free_space', says, 'Make room: a server that can not write refuses sign-ins.');
  return free < SPACE_LOW
    ? warning('free_space', says, 'Make room before it runs out.')
    : ok('free_space', says);
}

export function checkLeftovers(folder: string, now: number): Finding {
  const left = readdirSync(folder).filter((name) => {
    if (!name.endsWith('.new')) return false;
    const file = statSync(join(folder, name), { throwIfNoEntry: false });
    return file !== undefined && now - file.mtimeMs > DRAFT_YOUNG_MS;
  });
  if (left.length === 0) return ok('leftovers', 'No half-written files are left over.');
  return warning(
    'leftovers',
    `${left.join(', ')} is left over from a write that was cut off.`,
    `It can be removed: rm ${left.map((name) => join(folder, name)).join(' ')}`,
  );
}
