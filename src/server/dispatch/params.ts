/** Turns what a schema found wrong into details for the caller. Never repeats a value that was sent. */
import type * as z from 'zod';
import { cutToCodePoints, type ErrorDetail } from '../../protocol/index.js';
import { visible } from '../runtime/index.js';

/** A caller with more faults than this has other problems. */
const DETAILS_MAX = 8;
/** An unknown parameter's own name may be shown, cut to this. */
const PATH_LENGTH_MAX = 64;

const REASONS: Readonly<Record<string, readonly [string, string]>> = {
  too_small: ['too_short', 'It is too short or too small.'],
  too_big: ['too_long', 'It is too long or too large.'],
  invalid_format: ['malformed', 'It does not have the form that is asked for.'],
  invalid_value: ['not_allowed', 'It is not one of the allowed values.'],
};

function pathText(path: readonly PropertyKey[]): string {
  return cutToCodePoints(visible(path.map(String).join('.')), PATH_LENGTH_MAX);
}

export function detailsOf(error: z.ZodError): readonly ErrorDetail[] {
  const details: ErrorDetail[] = [];
  for (const issue of error.issues) {
    if (issue.code === 'unrecognized_keys') {
      for (const key of issue.keys) {
        const path = pathText([...issue.path, key]);
        details.push({ path, reason: 'unknown_parameter', message: 'There is no such parameter.' });
      }
      continue;
    }
    const path = pathText(issue.path);
    // A missing choice is told as a missing parameter too, not as a wrong choice.
    if (issue.input === undefined) {
      details.push({ path, reason: 'missing', message: 'It is required.' });
      continue;
    }
    if (issue.code === 'invalid_type') {
      details.push({ path, reason: 'wrong_type', message: `It must be: ${issue.expected}.` });
      continue;
    }
    const [reason, message] = REASONS[issue.code] ?? ['invalid', 'It is not right.'];
    details.push({ path, reason, message });
  }
  return details.slice(0, DETAILS_MAX);
}
