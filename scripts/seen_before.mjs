// Which checks have passed on these very files before. A check goes by the text of files alone, so on the same files it says
// the same again: nothing is done twice. What is remembered lies in the cache folder and is gone after an install.
import { execFileSync } from 'node:child_process';
import { createHash } from 'node:crypto';
import { readFileSync, writeFileSync } from 'node:fs';

/** Returns every file that git knows or would take, or null where there is no git. */
function filesOfTree() {
  try {
    const listed = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], {
      encoding: 'utf8',
      maxBuffer: 64 * 1024 * 1024,
      stdio: ['ignore', 'pipe', 'ignore'],
    });
    return listed.split('\0').filter((name) => name !== '');
  } catch {
    return null;
  }
}

/** Returns the text of a file, or a word of its own for one that was taken away. */
function textOf(name) {
  try {
    return readFileSync(name);
  } catch {
    return 'gone';
  }
}

/**
 * Reads the tree as it is now. `path`: where passes are remembered. Without git nothing is remembered and everything is
 * checked.
 */
export function seenBefore(path, { files = filesOfTree(), read = textOf } = {}) {
  const look = () => files.map((name) => [name, createHash('sha256').update(read(name)).digest('hex')]);
  const digests = files === null ? [] : look();
  const stateOf = (concerns, digests) => {
    const hash = createHash('sha256').update(process.version);
    for (const [name, digest] of digests) if (concerns.test(name)) hash.update(`${name}\0${digest}\n`);
    return hash.digest('hex');
  };
  let passed = {};
  try {
    passed = JSON.parse(readFileSync(path, 'utf8'));
  } catch {
    // Nothing has passed yet.
  }
  return {
    /** Returns true when a check has passed on the files that concern it, as they are. */
    has: (check, concerns) => files !== null && passed[check] === stateOf(concerns, digests),
    /** Remembers that a check passed, unless somebody changed the files meanwhile: nobody knows which text it saw. */
    pass: (check, concerns) => {
      if (files === null) return;
      const state = stateOf(concerns, digests);
      if (state !== stateOf(concerns, look())) return;
      passed[check] = state;
      writeFileSync(path, JSON.stringify(passed));
    },
  };
}
