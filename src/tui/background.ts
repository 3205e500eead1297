/** Dark or light, by what the terminal says of its background. [xterm ctlseqs, OSC 11] Pure. */

/** The question; the answer comes as an OSC reply, or never. */
export const ASK_BACKGROUND = '\x1b]11;?\x07';
/**
 * An answer that comes later than this after the question would change the look under somebody's hands. Terminals answer
 * at once; the way there and back may be a slow SSH line.
 */
export const BACKGROUND_ANSWER_MS = 1_000;

/** The theme that suits a reply such as `11;rgb:ffff/ffff/ffff`; null for any other reply. */
export function themeOfBackground(reply: string): 'dark' | 'light' | null {
  const match = /^11;rgba?:([0-9a-f]{1,4})\/([0-9a-f]{1,4})\/([0-9a-f]{1,4})/i.exec(reply);
  if (match === null) return null;
  const [red = 0, green = 0, blue = 0] = match
    .slice(1)
    .map((part) => Number.parseInt(part, 16) / (16 ** part.length - 1));
  // Perceived lightness, ITU-R BT.601.
  return 0.299 * red + 0.587 * green + 0.114 * blue > 0.5 ? 'light' : 'dark';
}
