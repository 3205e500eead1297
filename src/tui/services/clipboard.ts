/** What can be copied, and where it goes. Secrets among it are nowhere in the state: they are here while a menu offers them. */
import type { MessageKey } from '../i18n/index.js';

export type Copyable = { readonly label: MessageKey; readonly text: string };

/** `sent`: the terminal was asked; it may refuse without a word. */
export type CopyOutcome = 'sent' | 'too_long' | 'no_escapes';

export class Clipboard {
  readonly send: (text: string) => CopyOutcome;
  #offered: readonly Copyable[] = [];

  constructor(send: (text: string) => CopyOutcome) {
    this.send = send;
  }

  get offered(): readonly Copyable[] {
    return this.#offered;
  }

  offer(items: readonly Copyable[]): void {
    this.#offered = items;
  }

  forget(): void {
    this.#offered = [];
  }
}
