export function nearest(typed: string, words: readonly string[]): string | null;
export function readArguments(
  argv: readonly string[],
  options: { readonly usage: string; readonly known: readonly string[]; readonly takes?: RegExp },
): ReadonlySet<string>;
