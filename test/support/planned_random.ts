/** Randomness that can be told what it draws next, so that an example's ids and tokens are those that a server makes. */
import { systemRandom, type Random } from '../../src/server/runtime/index.js';

type IdPrefix = Parameters<Random['id']>[0];
type TokenPrefix = Parameters<Random['token']>[0];

export class PlannedRandom implements Random {
  readonly #planned = new Map<string, string>();

  /** The next id or token that begins as `text` does is this one. */
  plan(...texts: readonly string[]): void {
    for (const text of texts) this.#planned.set(text.slice(0, text.indexOf('_')), text);
  }

  id(prefix: IdPrefix): string {
    return this.#take(prefix) ?? systemRandom.id(prefix);
  }

  token(prefix: TokenPrefix): string {
    return this.#take(prefix) ?? systemRandom.token(prefix);
  }

  bytes(count: number): Buffer {
    return systemRandom.bytes(count);
  }

  #take(prefix: string): string | null {
    const text = this.#planned.get(prefix) ?? null;
    this.#planned.delete(prefix);
    return text;
  }
}
