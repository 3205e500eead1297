export function seenBefore(
  path: string,
  tree?: { readonly files?: readonly string[] | null; readonly read?: (name: string) => string },
): {
  has(check: string, concerns: RegExp): boolean;
  pass(check: string, concerns: RegExp): void;
};
