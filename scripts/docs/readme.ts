/** The README with its table of options, which comes from the server's own table. The rest of the file is written by hand. */
import { readFileSync } from 'node:fs';
import { flagOf, OPTION_NAMES, OPTIONS, takesOf, variableOf } from '../../src/server/config.js';

const BEGIN = '<!-- options: written by `npm run docs` -->\n';
const END = '<!-- /options -->';

const cell = (text: string): string => text.replaceAll('|', '\\|');

/** Returns the README's text, with the table renewed. Throws when its place is gone. */
export function readme(path: string): string {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error('README.md has lost the place of its options table');
  const rows = OPTION_NAMES.map((name) => {
    const { value, help, fallback } = OPTIONS[name];
    const unless = fallback === '' ? '' : `\`${String(fallback)}\``;
    return `| \`--${flagOf(name)} ${cell(value)}\` | \`${variableOf(name)}\` | ${cell(takesOf(name))} | ${unless} | ${cell(help)} |`;
  });
  const table = [
    '| option | environment | takes | unless told | what |',
    '|---|---|---|---|---|',
    ...rows,
  ].join('\n');
  return `${text.slice(0, from + BEGIN.length)}${table}\n${text.slice(to)}`;
}
