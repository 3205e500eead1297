/** How many files this process may open. Node doesn't say when it runs out while accepting, so the server counts itself. */
import { readFileSync } from 'node:fs';

const USUAL = 1024;

/** Returns the soft limit of a process, this one unless told; the usual one where the system doesn't tell. */
export function descriptorLimit(pid: number | 'self' = 'self'): number {
  try {
    const soft = /Max open files\s+(\d+|unlimited)/.exec(readFileSync(`/proc/${pid}/limits`, 'utf8'))?.[1];
    if (soft === 'unlimited') return Number.MAX_SAFE_INTEGER;
    return soft === undefined ? USUAL : Number(soft);
  } catch {
    return USUAL;
  }
}
