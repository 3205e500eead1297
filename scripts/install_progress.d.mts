export function doingAfter(line: string): string | null;
export function progressText(seconds: number, what: string): string;
export function missingText(found: {
  readonly compiler: string | null;
  readonly make: string | null;
  readonly python: string | null;
}): string | null;
export function whyFailed(said: string, missing: string | null): string;
