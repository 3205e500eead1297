/** What of a call's params may be logged: what the action's entry allows, with the secret marks as a second wall. */
import type { ActionSpec } from './define_action.js';
import { redact } from './secret.js';

/** Names that are shown: a leaf as a whole, what lies below another as far as that says. */
type Allowed = Map<string, Allowed | null>;

function allowedOf(paths: readonly string[]): Allowed {
  const allowed: Allowed = new Map();
  for (const path of paths) {
    const names = path.split('.');
    const last = names.pop();
    let inside = allowed;
    for (const name of names) {
      const below: Allowed = inside.get(name) ?? new Map<string, Allowed | null>();
      inside.set(name, below);
      inside = below;
    }
    if (last !== undefined) inside.set(last, null);
  }
  return allowed;
}

function pick(value: object, allowed: Allowed): object {
  const picked: Record<string, unknown> = {};
  for (const [name, below] of allowed) {
    const part: unknown = Object.hasOwn(value, name) ? Reflect.get(value, name) : undefined;
    if (part === undefined) continue;
    if (below === null) picked[name] = part;
    else if (typeof part === 'object' && part !== null) picked[name] = pick(part, below);
  }
  return picked;
}

/** Returns what makes of an action's params, before or after validation, the part that its entry lets into the log. */
export function loggedParamsOf({
  params,
  logs,
}: Pick<ActionSpec, 'params' | 'logs'>): (sent: object) => object {
  if (logs.length === 0) return () => ({});
  const allowed = allowedOf(logs);
  // An object comes back as an object: the schema of params is one.
  return (sent) => redact(params, pick(sent, allowed)) as object;
}
