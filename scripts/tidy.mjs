// Small facts about the tree that no other tool checks: no absolute paths of a machine, no registry addresses outside the
// lockfile, no tests that are skipped or alone, no unfinished marks, no file that has grown out of its room.
import { execFileSync } from 'node:child_process';
import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { readArguments } from './arguments.mjs';

process.chdir(join(import.meta.dirname, '..'));
readArguments(process.argv.slice(2), { usage: 'Usage: node scripts/tidy.mjs', known: [] });
const files = execFileSync('git', ['ls-files', '-co', '--exclude-standard', '-z'], { encoding: 'utf8' })
  .split('\0')
  .filter(
    (name) =>
      /\.(ts|tsx|js|mjs|cjs|md|json|py|sh)$/.test(name) &&
      !/package-lock|test\/(corpus|golden)|tidy\.mjs/.test(name),
  );

const RULES = [
  [/(^|[^A-Za-z0-9._~)\]}/-])\/(home|root|Users)\/[a-z]/, 'an absolute path of a machine', () => true],
  [/https?:\/\/registry\./, 'the address of a package registry', () => true],
  [
    /\b(it|test|describe)\.(only|skip|todo)\(/,
    'a test that is skipped or alone',
    (name) => name.startsWith('test/'),
  ],
  [/\b(FIXME|XXX|TODO|HACK)\b/, 'an unfinished mark', (name) => /^(src|bin|scripts)\//.test(name)],
];
const LINES_MAX = 600;

const faults = [];
for (const name of files) {
  const lines = readFileSync(name, 'utf8').split('\n');
  if (/^(src|bin)\//.test(name) && lines.length - 1 > LINES_MAX)
    faults.push(`${name}: more than ${LINES_MAX} lines`);
  for (const [index, line] of lines.entries()) {
    for (const [pattern, what, concerns] of RULES) {
      if (concerns(name) && pattern.test(line)) faults.push(`${name}:${index + 1}: ${what}`);
    }
  }
}
// npm may write where a package came from; that it came from two places means that somebody's machine got in.
const hosts = new Set(
  Array.from(
    readFileSync('package-lock.json', 'utf8').matchAll(/"resolved": "([a-z]+:\/\/[^/"]+)/g),
    ([, host]) => host,
  ),
);
if (hosts.size > 1) faults.push(`package-lock.json: packages come from ${hosts.size} places`);
for (const fault of faults) console.error(fault);
process.exit(faults.length === 0 ? 0 : 1);
