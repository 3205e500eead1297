/**
 * Writes the protocol's documents from the action table, the README's table of options and the tables of docs/commands.md:
 * `npm run docs`. With `--check` it writes nothing, names the files that differ or are left over, and exits 1 if there are any.
 */
import { existsSync, mkdirSync, readdirSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import path from 'node:path';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { commandsMd } from './docs/commands_md.js';
import { GENERATED_FOLDERS, outputs } from './docs/outputs.js';
import { readme } from './docs/readme.js';

const root = fileURLToPath(new URL('..', import.meta.url));
const files = new Map([
  ...outputs(),
  ['README.md', readme(path.join(root, 'README.md'))],
  ['docs/commands.md', commandsMd(path.join(root, 'docs/commands.md'))],
]);

const stale = [...files.keys()].filter((file) => {
  const at = path.join(root, file);
  return !existsSync(at) || readFileSync(at, 'utf8') !== files.get(file);
});
const leftOver = GENERATED_FOLDERS.filter((folder) => existsSync(path.join(root, folder))).flatMap((folder) =>
  readdirSync(path.join(root, folder), { withFileTypes: true })
    .filter((entry) => entry.isFile())
    .map((entry) => `${folder}/${entry.name}`)
    .filter((file) => !files.has(file)),
);

const asked = readArguments(process.argv.slice(2), {
  usage: 'Usage: npm run docs [-- --check]',
  known: ['--check'],
});
if (asked.has('--check')) {
  for (const file of stale) console.error(`differs: ${file}`);
  for (const file of leftOver) console.error(`left over: ${file}`);
  if (stale.length + leftOver.length > 0) {
    console.error('Run: npx tsx scripts/docs.ts');
    process.exitCode = 1;
  }
} else {
  for (const file of stale) {
    const at = path.join(root, file);
    mkdirSync(path.dirname(at), { recursive: true });
    writeFileSync(at, files.get(file) ?? '');
    console.log(`wrote ${file}`);
  }
  for (const file of leftOver) {
    rmSync(path.join(root, file));
    console.log(`removed ${file}`);
  }
}
