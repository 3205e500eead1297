/** The boundary where foreign text becomes safe: every string of a result, an event or a refusal goes through here. */
import { clean, type CleanOptions } from '../text/index.js';
import type { Problem, ProblemCode, ProblemDetail } from '../i18n/index.js';

/** Parts in which people write several lines. */
const MULTILINE: ReadonlySet<string> = new Set(['bio']);

/** Returns a copy of `value` in which every string is safe to print. Tokens and codes are ASCII and come through as they are. */
export function cleanResult<T>(value: T, look: Pick<CleanOptions, 'joined'> = {}): T {
  // The shape is kept: only strings are replaced, by strings.
  return cleanPart(value, '', look) as T;
}

function cleanPart(value: unknown, name: string, look: Pick<CleanOptions, 'joined'>): unknown {
  if (typeof value === 'string') return clean(value, { ...look, multiline: MULTILINE.has(name) });
  if (Array.isArray(value)) return value.map((part) => cleanPart(part, name, look));
  if (typeof value !== 'object' || value === null) return value;
  return Object.fromEntries(Object.entries(value).map(([key, part]) => [key, cleanPart(part, key, look)]));
}

type Refusal = {
  readonly code: ProblemCode;
  readonly details: readonly ProblemDetail[];
  readonly retry_after_ms: number | null;
  readonly data?: unknown;
};

export function cleanProblem({ code, details, retry_after_ms, data }: Refusal): Problem {
  const accounts = typeof data === 'object' && data !== null && 'accounts' in data ? data.accounts : null;
  return {
    code,
    details: cleanResult(details),
    retry_after_ms,
    ...(typeof accounts === 'number' ? { accounts } : {}),
  };
}
