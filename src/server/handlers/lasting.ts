/**
 * A result that a handler gives again and again. The dispatcher checks and encodes it once, which is most of what a short
 * request costs.
 */

function freeze(value: object): void {
  for (const below of Object.values(value) as unknown[]) {
    if (typeof below === 'object' && below !== null) freeze(below);
  }
  Object.freeze(value);
}

export class Lasting<R extends object> {
  readonly result: R;
  /** The result as JSON, once it was checked. */
  text: string | null = null;

  /** Freezes the result all the way down, so that what is checked and encoded once stays true. */
  constructor(result: R) {
    freeze(result);
    this.result = result;
  }
}
