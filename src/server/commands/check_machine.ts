/** The doctor on the machine: the version of Node and how many files a process may open. */
import { descriptorLimit } from '../runtime/index.js';
import { ok, warning, failed, type Finding } from './finding.js';

/** The oldest Node that `engines` in package.json names. */
const NODE_MIN = [20, 19] as const;
/** Below this, connections run out before anything else does. */
const DESCRIPTORS_MIN = 1_024;

export function checkNode(version = process.versions.node): Finding {
  const [major = 0, minor = 0] = version.split('.').map(Number);
  if (major > NODE_MIN[0] || (major === NODE_MIN[0] && minor >= NODE_MIN[1]))
    return ok('node', `Node ${version}.`);
  const wanted = NODE_MIN.join('.');
  return failed('node', `Node ${version} is too old.`, `Install ${wanted} or a newer one.`);
}

/** `limit` is that of the process `pid`, the server that runs; of this one where none does. */
export function checkDescriptors(limit = descriptorLimit(), pid: number | null = null): Finding {
  if (limit >= DESCRIPTORS_MIN) return ok('descriptors', 'A process may open enough files.');
  return warning(
    'descriptors',
    pid === null
      ? `A process started here may open only ${limit} files.`
      : `The server that runs (process ${pid}) may open only ${limit} files.`,
    `Raise it, for example with \`ulimit -n 65536\` before the server starts: each connection takes one.`,
  );
}
