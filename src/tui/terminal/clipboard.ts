/**
 * The clipboard of whoever sits at the terminal, by OSC 52: works through SSH, and nobody answers whether it did. Only ever
 * written, and only with what a key of the person asked for. Pure.
 */

/** What stands between this program and the terminal. */
export type Multiplexer = 'tmux' | 'screen';

/** Bytes of text. Some terminals drop a sequence of more than 100,000 characters as a whole; base64 makes four of three. */
export const CLIPBOARD_BYTES_MAX = 74_994;
/** screen takes strings of up to 768 bytes; what is longer goes in pieces. */
const SCREEN_PIECE = 512;

/** Returns what puts the text into the clipboard; null when it is too long. */
export function clipboardSequence(text: string, within: Multiplexer | null): string | null {
  const bytes = Buffer.from(text);
  if (bytes.length > CLIPBOARD_BYTES_MAX) return null;
  const sequence = `\x1b]52;c;${bytes.toString('base64')}\x07`;
  switch (within) {
    case null:
      return sequence;
    case 'tmux':
      // Two roads, either of which may be shut: tmux's own (`set-clipboard on`), and past it (`allow-passthrough on`).
      return `${sequence}\x1bPtmux;${sequence.replaceAll('\x1b', '\x1b\x1b')}\x1b\\`;
    case 'screen': {
      const pieces = sequence.match(new RegExp(`[^]{1,${SCREEN_PIECE}}`, 'g')) ?? [];
      return pieces.map((piece) => `\x1bP${piece}\x1b\\`).join('');
    }
  }
}
