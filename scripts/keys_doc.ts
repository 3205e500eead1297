/**
 * Writes docs/keys.md from the keymap table: `npx tsx scripts/keys_doc.ts`. With `--check` it writes nothing and exits 1 when
 * the file differs.
 */
import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { fileURLToPath } from 'node:url';
import { readArguments } from './arguments.mjs';
import { translatorOf } from '../src/tui/i18n/index.js';
import { ACTION_IDS, KEY_ACTIONS, PLACES, keysOn, type Place } from '../src/tui/input/keymap.js';

const FILE = fileURLToPath(new URL('../docs/keys.md', import.meta.url));

const PLACE_WORDS: Readonly<Record<Place, string>> = {
  global: 'Everywhere (single letters and digits: outside text fields)',
  form: 'Forms',
  field: 'Text fields',
  area: 'Text fields of several lines',
  notice: 'What is only shown',
  choice: 'Menus, the help and the command line',
  list: 'Lists and menus',
  pane: 'Screens with several panels',
  copy: 'What can be copied: the selected row, the open account, a code or key that is shown once',
  home: 'Home',
  table: 'Tables: search, filters, order, marks',
  users: 'Admin › Users',
  user: 'An account, in the list or opened',
  client_keys: 'Admin › Client keys',
  roles: 'Admin › Roles',
  search: 'The search line',
  confirm: 'Questions',
  help: 'The help',
  palette: 'The command line (`:`)',
};

const code = (text: string): string =>
  (text.includes('`') ? `\`\` ${text} \`\`` : `\`${text}\``).replaceAll('|', '\\|');

export function keysDocument(): string {
  const t = translatorOf('en');
  const tables = PLACES.map((place) => {
    const rows = ACTION_IDS.filter((id) => KEY_ACTIONS[id].place === place).map(
      (id) =>
        `| ${keysOn('latin', KEY_ACTIONS[id].keys).map(code).join(' ')} | ${keysOn('russian', KEY_ACTIONS[id].keys).map(code).join(' ')} | ${t(`key_${id}`)} | ${code(id)} |`,
    );
    return [
      `## ${PLACE_WORDS[place]}`,
      '',
      '| Keys | Russian layout | What they do | Action |',
      '| --- | --- | --- | --- |',
      ...rows,
    ].join('\n');
  });
  return `# Keys of auth-tui

Generated from \`src/tui/input/keymap.ts\` by \`npx tsx scripts/keys_doc.ts\`; \`?\` shows the same for the place where you are.

Letters count by their place on the keyboard, so they work on the Russian layout too, and what lies behind a punctuation key,
which is elsewhere there, has a letter as well. While Russian letters arrive, the hints show these. In the settings file
\`~/.config/portcullis/tui.json\` (or \`$XDG_CONFIG_HOME/portcullis/tui.json\`, written by nobody but you) actions can have
other keys:

\`\`\`json
{ "language": "en", "theme": "dark", "idle_lock_minutes": 10, "keys": { "sort": ["S"], "page_down": ["pagedown", "C-f"] } }
\`\`\`

A key is a character, or one of enter, tab, escape, space, backspace, delete, insert, home, end, pageup, pagedown, up, down,
left, right, f1 … f35; before it may stand C- (Ctrl), M- (Alt), S- (Shift). A key that two actions of one place want, an
unknown action and an unknown setting are told at the start, with the one that was meant and exit code 78. Other settings: \`theme\` (ansi, mono, dark,
light, high-contrast, auto), \`ascii\`, \`accessible\`, \`ask_before_quitting\` (false: \`q\` on the lowest screen quits at once;
\`:set ask_before_quitting off\` does so until the program ends). With \`accessible\` the digits 1 … 9 pick rows of lists and menus.

\`y\` asks the terminal to take a text into its clipboard (OSC 52), through SSH too. Many terminals do, some only when told so in
their settings, and none says whether it did. Inside tmux either \`set -g set-clipboard on\` or \`set -g allow-passthrough on\` is
needed. With \`accessible\`, and where \`TERM\` is \`dumb\`, nothing is sent.

Behind \`/\` a text with \`!\` in front leaves out what it would find: \`!corp\`, \`iva !corp\`. So do \`:users /iva !corp role:!user\` and the
filters.

${tables.join('\n\n')}
`;
}

const asked = readArguments(process.argv.slice(2), {
  usage: 'Usage: npx tsx scripts/keys_doc.ts [--check]',
  known: ['--check'],
});
if (asked.has('--check')) {
  if (!existsSync(FILE) || readFileSync(FILE, 'utf8') !== keysDocument()) {
    console.error('differs: docs/keys.md. Run: npx tsx scripts/keys_doc.ts');
    process.exitCode = 1;
  }
} else {
  writeFileSync(FILE, keysDocument());
}
