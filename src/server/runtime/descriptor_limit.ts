/** How many files this process may open. Node doesn't say when it runs out while accepting, so the server counts itself. */
import { readFileSync } from 'node:fs';

const USUAL = 1024;

/** Returns the soft limit of this process; the usual one where the system doesn't tell. */
export function descriptorLimit(): number {
  try {
    const soft = /Max open files\s+(\d+|unlimited)/.exec(readFileSync('/proc/self/limits', 'utf8'))?.[1];
    if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
    return soft === undefined ? USUAL : Number(soft);
  } catch {
    return USUAL;
  }
}
