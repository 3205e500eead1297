/**
 * Where commands get passwords, codes and tokens from: a prompt without echo, or standard input. Never from an argument:
 * the arguments of a program can be read by everyone on the machine, and stay in the shell's history.
 */
import { type KeyEvent, KeyParser } from '../input/index.js';
import { graphemes } from '../text/index.js';
import type { Params } from '../i18n/index.js';
import { Cancelled, UsageError } from './errors.js';
import type { SecretName, Words } from './words/index.js';

/** Far beyond the longest password, code and token together. */
const STDIN_BYTES_MAX = 64 * 1024;

type Input = NodeJS.ReadableStream & { readonly isTTY?: boolean; setRawMode?(raw: boolean): unknown };

export type SecretStreams = {
  readonly stdin: Input;
  /** Prompts go here, so that standard output holds nothing but the result. */
  readonly stderr: { write(text: string): unknown };
};

export class SecretSource {
  readonly #streams: SecretStreams;
  readonly #from_stdin: boolean;
  readonly #words: Words;
  #lines: string[] | null = null;

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
      if (this.#from_stdin || first === (await this.#ask(name, `${name} again`, {}))) return first;
      this.#streams.stderr.write(`${this.#words('says', 'differ')}\n`);
    }
  }

  /** All of standard input, trimmed; empty when it is a terminal. */
  async piped(): Promise<string> {
    const { stdin } = this.#streams;
    return stdin.isTTY === true ? '' : (await readAll(stdin)).trim();
  }

  async #ask(name: SecretName, label: SecretName | `${SecretName} again`, params: Params): Promise<string> {
    if (this.#from_stdin) return this.#nextLine(name, params);
    const { stdin, stderr } = this.#streams;
    if (stdin.isTTY !== true) {
      throw new UsageError((words) =>
        words('says', 'no_terminal', { what: words('secrets', `${name} wanted`, params) }),
      );
    }
    for (;;) {
      const typed = await prompt(stdin, stderr, `${this.#words('secrets', label, params)}: `);
      if (typed !== '') return typed;
    }
  }

  async #nextLine(name: SecretName, params: Params): Promise<string> {
    this.#lines ??= (await readAll(this.#streams.stdin)).split('\n').map((line) => line.replace(/\r$/, ''));
    const line = this.#lines.shift();
    if (line !== undefined && line !== '') return line;
    throw new UsageError((words) =>
      words('says', 'no_line', { what: words('secrets', `${name} wanted`, params) }),
    );
  }
}

async function readAll(stdin: Input): Promise<string> {
  const chunks: Buffer[] = [];
  let bytes = 0;
  for await (const chunk of stdin) {
    const part = typeof chunk === 'string' ? Buffer.from(chunk) : chunk;
    bytes += part.length;
    if (bytes > STDIN_BYTES_MAX) throw new UsageError((words) => words('says', 'stdin_too_long'));
    chunks.push(part);
  }
  return Buffer.concat(chunks).toString('utf8');
}

/** One line from the terminal, unseen. The terminal is as before on every way out. */
function prompt(stdin: Input, out: SecretStreams['stderr'], label: string): Promise<string> {
  const parser = new KeyParser();
  let text = '';
  let timer: NodeJS.Timeout | undefined;
  return new Promise((resolve, reject) => {
    const finish = (end: () => void): void => {
      clearTimeout(timer);
      stdin.off('data', onData);
      stdin.setRawMode?.(false);
      stdin.pause();
      out.write('\n');
      end();
    };
    const take = (events: readonly KeyEvent[]): void => {
      for (const event of events) {
        if (event.type === 'paste') text += event.text.replaceAll('\n', '');
        if (event.type !== 'key') continue;
        if (event.name === 'enter') {
          finish(() => resolve(text));
          return;
        }
        if (event.ctrl && (event.name === 'c' || (event.name === 'd' && text === ''))) {
          finish(() => reject(new Cancelled()));
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
      if (silence !== null) timer = setTimeout(() => take(parser.flush()), silence);
    };
    stdin.setRawMode?.(true);
    stdin.on('data', onData);
    stdin.resume();
    out.write(label);
  });
}
