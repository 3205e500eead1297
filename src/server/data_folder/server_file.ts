/**
 * Where the running server of a data folder is reached: written when it listens, removed when it stops. For the commands
 * on the same machine. It holds no secret, and it may be left over from a server that was killed: `isAlive` tells.
 */
import { rmSync } from 'node:fs';
import { join } from 'node:path';
import * as z from 'zod';
import { codeOf } from './file_faults.js';
import { readPrivate, writePrivate } from './private_files.js';

export const SERVER_FILE = 'server.json';

const serverFile = z.object({
  host: z.string().min(1).max(255),
  /** Where other machines find it when it listens on all addresses. */
  reachable_host: z.string().min(1).max(255),
  port: z.int().min(1).max(65_535),
  pid: z.int().min(1),
  /** What clients pin; null on plain TCP. */
  pin: z.string().max(64).nullable(),
});

export type ServerFile = z.infer<typeof serverFile>;

export function writeServerFile(folder: string, server: ServerFile): void {
  // Of a server that the power took away it says nothing any more.
  writePrivate(join(folder, SERVER_FILE), `${JSON.stringify(server)}\n`, { lasting: false });
}

/** Returns what the file says, or null when there is none or it can't be understood. `owner`: as in readPrivate. */
export function readServerFile(folder: string, owner?: number): ServerFile | null {
  const text = readPrivate(join(folder, SERVER_FILE), owner);
  if (text === null) return null;
  try {
    return serverFile.parse(JSON.parse(text));
  } catch {
    return null;
  }
}

/** Removes the file, unless another server has written it meanwhile. */
export function removeServerFile(folder: string, pid: number): void {
  if (readServerFile(folder)?.pid === pid) rmSync(join(folder, SERVER_FILE), { force: true });
}

/** Returns whether a process of this number runs. It need not be the one that wrote the file: numbers are used again. */
export function isAlive(pid: number): boolean {
  try {
    process.kill(pid, 0);
    return true;
  } catch (error) {
    return codeOf(error) === 'EPERM';
  }
}
