/** docs/commands.md with its tables, which come from the table of commands. The rest of the file is written by hand. */
import { readFileSync } from 'node:fs';
import { commandsMarkdown } from '../../src/tui/commands/help.js';

const BEGIN = '<!-- tables: written by `npm run docs` -->\n';
const END = '<!-- /tables -->';

/** Returns the document's text, with the tables renewed. Throws when their place is gone. */
export function commandsMd(path: string): string {
  const text = readFileSync(path, 'utf8');
  const from = text.indexOf(BEGIN);
  const to = text.indexOf(END);
  if (from === -1 || to < from) throw new Error('docs/commands.md has lost the place of its tables');
  return `${text.slice(0, from + BEGIN.length)}\n${commandsMarkdown()}\n${text.slice(to)}`;
}
