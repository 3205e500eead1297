/**
 * Where commands get passwords, codes and tokens from: a prompt without echo, or standard input. Never from an argument:
 * the arguments of a program can be read by everyone on the machine, and stay in the shell's history.
 */
import { type KeyEvent, KeyParser } from '../input/index.js';
import type { InputLine } from '../reach/index.js';
import { graphemes } from '../text/index.js';
import type { Params } from '../i18n/index.js';
import { Cancelled, UsageError } from './errors.js';
import type { SecretName, Words } from './words/index.js';

/** The terminal that somebody types into. */
type Keys = NodeJS.ReadableStream & { setRawMode?(raw: boolean): unknown };

/** Standard input. Nothing is read of it, and no stream made of it, before it is asked for. */
export type CommandInput = {
  readonly isTTY: boolean;
  /** The next line, and nothing behind it. */
  line(): InputLine;
  keys(): Keys;
};

export type SecretStreams = {
  readonly stdin: CommandInput;
  /** Prompts go here, so that standard output holds nothing but the result. */
  readonly stderr: { write(text: string): unknown };
};

export class SecretSource {
  readonly #streams: SecretStreams;
  readonly #from_stdin: boolean;
  readonly #words: Words;
  readonly #parser = new KeyParser();
  /** Typed, or put in, behind the end of a line: the next prompt's. */
  #ahead: readonly KeyEvent[] = [];

  constructor(streams: SecretStreams, from_stdin: boolean, words: Words) {
    this.#streams = streams;
    this.#from_stdin = from_stdin;
    this.#words = words;
  }

  /** One secret, never empty. Throws UsageError when there is nowhere to get it from, Cancelled after Ctrl+C. */
  async ask(name: SecretName, params: Params = {}): Promise<string> {
    return this.#ask(name, name, params);
  }

  /** A secret that somebody chooses: asked for twice at a prompt. */
  async choose(name: SecretName): Promise<string> {
    for (;;) {
      const first = await this.ask(name);
      if (this.#fromStdin() || first === (await this.#ask(name, `${name} again`, {}))) return first;
      this.#streams.stderr.write(`${this.#words('says', 'differ')}\n`);
    }
  }

  /** A line of standard input, trimmed; null where nothing is there, or a terminal. */
  piped(name: SecretName): string | null {
    const { stdin } = this.#streams;
    if (stdin.isTTY) return null;
    const read = stdin.line();
    if ('fault' in read) return read.fault === 'end' ? null : this.#checked(read, name, {});
    return this.#checked({ line: read.line.trim() }, name, {});
  }

  async #ask(name: SecretName, label: SecretName | `${SecretName} again`, params: Params): Promise<string> {
    const { stdin } = this.#streams;
    if (this.#fromStdin()) return this.#checked(stdin.line(), name, params);
    if (!stdin.isTTY) {
      throw new UsageError((words) =>
        words('says', 'no_terminal', { what: words('secrets', `${name} wanted`, params) }),
      );
    }
    for (;;) {
      const typed = await this.#prompt(`${this.#words('secrets', label, params)}: `);
      if (typed !== '') return typed;
    }
  }

  /** Whoever sits at a terminal is asked there, where nobody reads along. */
  #fromStdin(): boolean {
    return this.#from_stdin && !this.#streams.stdin.isTTY;
  }

  /** The line, which is never empty. Throws UsageError. */
  #checked(read: InputLine, name: SecretName, params: Params): string {
    if ('line' in read && read.line !== '') return read.line;
    throw new UsageError((words) => {
      const what = words('secrets', `${name} wanted`, params);
      if ('line' in read || read.fault === 'end') return words('says', 'no_line', { what });
      if (read.fault === 'unreadable') return words('says', 'stdin_unreadable', { cause: read.cause });
      return words('says', read.fault === 'too_long' ? 'stdin_too_long' : 'stdin_not_text');
    });
  }

  /** One line from the terminal, unseen. The terminal is as before on every way out. */
  #prompt(label: string): Promise<string> {
    const keys = this.#streams.stdin.keys();
    const out = this.#streams.stderr;
    const parser = this.#parser;
    let text = '';
    let timer: NodeJS.Timeout | undefined;
    let done = false;
    return new Promise((resolve, reject) => {
      const finish = (ahead: readonly KeyEvent[], end: () => void): void => {
        done = true;
        this.#ahead = ahead;
        clearTimeout(timer);
        keys.off('data', onData);
        keys.setRawMode?.(false);
        keys.pause();
        out.write('\n');
        end();
      };
      const take = (events: readonly KeyEvent[]): void => {
        for (const [at, event] of events.entries()) {
          if (event.type === 'paste') text += event.text.replaceAll('\n', '');
          if (event.type !== 'key') continue;
          if (event.name === 'enter') {
            finish(events.slice(at + 1), () => resolve(text));
            return;
          }
          if (event.ctrl && (event.name === 'c' || (event.name === 'd' && text === ''))) {
            finish([], () => reject(new Cancelled()));
            return;
          }
          if (event.ctrl && event.name === 'u') text = '';
          else if (event.name === 'backspace') text = graphemes(text).slice(0, -1).join('');
          else if (event.text !== undefined) text += event.text;
        }
      };
      const onData = (chunk: Buffer | string): void => {
        clearTimeout(timer);
        take(parser.feed(typeof chunk === 'string' ? Buffer.from(chunk) : chunk));
        const silence = parser.silence();
        if (!done && silence !== null) timer = setTimeout(() => take(parser.flush()), silence);
      };
      keys.setRawMode?.(true);
      keys.on('data', onData);
      keys.resume();
      out.write(label);
      const ahead = this.#ahead;
      this.#ahead = [];
      take(ahead);
    });
  }
}
