/**
 * What the program says on standard error about how it was called, with a screen or without: in the language and the letters of
 * whoever reads it.
 */
import { nearest } from '../../protocol/index.js';
import type { Language } from '../i18n/index.js';
import type { SettingsFault } from '../settings.js';
import { clean } from '../text/index.js';
import { asciiText } from '../theme/index.js';
import { askedLanguage } from './command_line.js';
import { hasLikeOurs, holdsKey, SERVER_VARIABLES, type UsageFault } from './command_words.js';
import { EXIT, type ExitCode } from './exit_codes.js';
import { FACTS } from './facts.js';
import { wordsOf, type Words } from './words/index.js';

type Environment = Readonly<Record<string, string | undefined>>;
type Near = { readonly typed: string; readonly among: readonly string[] };

/** What people put between: the names of the two programs. */
const PREFIX = /^AUTH_(?:(?:TUI|SERVER|CLIENT)_)?/;

/**
 * Returns the variables that were most likely meant to be one that is read here, with that one. Others may have variables that
 * begin alike, and those are none of them.
 */
export function strangeVariables(env: Environment): readonly (readonly [name: string, meant: string])[] {
  if (!hasLikeOurs(env)) return [];
  return Object.keys(env).flatMap((name): (readonly [string, string])[] => {
    // What all have in common would make them near to one another.
    const end = name.replace(PREFIX, '');
    const among = SERVER_VARIABLES.filter((known) => PREFIX.test(known) === PREFIX.test(name));
    const meant = nearest(
      end,
      among.map((known) => known.replace(PREFIX, '')),
    );
    const variable = among.find((known) => known.replace(PREFIX, '') === meant);
    return variable === undefined || variable === name ? [] : [[name, variable]];
  });
}

export class Teller {
  readonly words: Words;
  /** The text in letters that come out as they are. */
  readonly shown: (text: string) => string;
  readonly #out: { write(text: string): unknown };

  constructor(
    out: { write(text: string): unknown },
    options: { readonly argv: readonly string[]; readonly language: Language; readonly ascii?: boolean },
  ) {
    this.#out = out;
    this.words = wordsOf(askedLanguage(options.argv) ?? options.language);
    this.shown = options.ascii === true ? asciiText : (text) => text;
  }

  write(text: string): void {
    this.#out.write(this.shown(text));
  }

  say(sentence: string): void {
    this.write(`auth-tui: ${sentence}\n`);
  }

  /** Tells what works and is better done otherwise, and what does nothing and was most likely meant to do something. */
  hints(argv: readonly string[], env: Environment): void {
    // It works all the same: scripts of long ago do so.
    if (holdsKey(argv)) this.say(this.words('says', 'key_in_arguments'));
    for (const [name, meant] of strangeVariables(env)) {
      this.say(`${this.words('says', 'no_variable', { name: clean(name) })} ${this.#meant(meant)}`);
    }
  }

  /** Tells what is wrong with a command line of the UI. Returns the exit code. */
  usage({ says, params = {}, near }: UsageFault): ExitCode {
    this.say(
      [
        this.words('says', says, { ...FACTS, ...params }),
        ...this.#near(near, says === 'no_option' ? '--' : ''),
        this.words('says', 'see_options'),
      ].join(' '),
    );
    return EXIT.usage;
  }

  /** Tells what is wrong with the settings of the UI. */
  settings({ fault, params, near }: SettingsFault): void {
    const harmless = Object.fromEntries(
      Object.entries(params).map(([name, value]) => [name, typeof value === 'string' ? clean(value) : value]),
    );
    this.say([this.words('settings', fault, harmless), ...this.#near(near)].join(' '));
  }

  /** Tells that a result has not got where it should. Returns the exit code. */
  notWritten(cause: string): ExitCode {
    this.say(this.words('says', 'not_written', { cause }));
    return EXIT.not_written;
  }

  #near(near: Near | undefined, before = ''): string[] {
    const meant = near === undefined ? null : nearest(near.typed, near.among);
    return meant === null ? [] : [this.#meant(before + meant)];
  }

  #meant(meant: string): string {
    return this.words('says', 'did_mean', { meant });
  }
}
