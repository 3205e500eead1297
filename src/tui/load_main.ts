/**
 * The program's first file: loads the chunks that the build has put into the folder beside it, and gives what the first
 * of them exports. Chunks are compiled with V8's code cache, where the build has made one with this very Node; without
 * one, or with one that V8 doesn't take, they are compiled as usual. Stays small: it is itself compiled at each start.
 */
import { readFileSync, statSync } from 'node:fs';
import { basename, join } from 'node:path';
import { pathToFileURL } from 'node:url';
import { setFlagsFromString } from 'node:v8';
import { Script } from 'node:vm';
import type { main as programMain } from './main.js';

// What is new on the heap stays in the megabyte that it starts with, which is emptied more often: left to itself, V8 gives it
// sixteen, and the screens would take ten megabytes more (docs/adr/0028-memory-of-the-screens.md). Here, because V8 takes no
// code cache that was made under other flags.
setFlagsFromString('--semi-space-growth-factor=1');

type Chunk = { exports: unknown };
type Run = (exports: unknown, require: (id: string) => unknown, chunk: Chunk, url: string) => void;

const FOLDER = join(__dirname, 'tui');
/**
 * Where the code cache of this very Node is. V8 itself refuses one of another version, of other flags or for a text of
 * another length; the size of the program tells apart builds of one version.
 */
export const CACHE_FOLDER = join(
  FOLDER,
  `code-${process.version}-${process.arch}-${statSync(process.execPath).size}`,
);
/** What the chunks take for the address of the program. */
const URL_HERE = pathToFileURL(__filename).href;

const chunks = new Map<string, Chunk>();
/** What was compiled so far, by the name of its chunk: the build makes the code cache of it. */
export const scripts = new Map<string, Script>();

function cacheOf(name: string): { readonly cachedData?: Buffer } {
  try {
    return { cachedData: readFileSync(join(CACHE_FOLDER, `${name}.bin`)) };
  } catch {
    return {};
  }
}

/** A chunk by its file's name, or a module of Node itself: nothing else is ever asked for. */
function load(id: string): unknown {
  if (!id.startsWith('./')) return process.getBuiltinModule(id);
  const name = basename(id);
  const known = chunks.get(name);
  if (known !== undefined) return known.exports;
  const chunk: Chunk = { exports: {} };
  chunks.set(name, chunk);
  const filename = join(FOLDER, name);
  const script = new Script(readFileSync(filename, 'utf8'), { filename, ...cacheOf(name) });
  scripts.set(name, script);
  // The build has made each chunk such a function.
  (script.runInThisContext() as Run)(chunk.exports, load, chunk, URL_HERE);
  return chunk.exports;
}

// The chunk of src/tui/main.tsx.
export const { main } = load('./auth-tui.cjs') as { readonly main: typeof programMain };
