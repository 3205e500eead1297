/** A setting that can't be used; the message names it, where it came from, and what it takes. */
export class ConfigError extends Error {
  override readonly name = 'ConfigError';
}
