/**
 * Keeps errors of the run's own process readable. With its module cache on, vitest hands the text of a set-up's module to
 * what reads source maps as bytes; whoever then looks at the stack of an error that came through there, be it Node's own
 * streams, gets a TypeError about that in its place.
 */
export default function readableErrors(): void {
  // Set by what reads source maps; it asks for no `this`.
  // eslint-disable-next-line @typescript-eslint/unbound-method
  const mapped = Error.prepareStackTrace;
  Error.prepareStackTrace = (error, frames): unknown => {
    try {
      return mapped(error, frames);
    } catch {
      const lines = frames.map((frame) => `${frame.getFileName()}:${frame.getLineNumber()}`);
      return [String(error), ...lines.map((line) => `    at ${line}`)].join('\n');
    }
  };
}
