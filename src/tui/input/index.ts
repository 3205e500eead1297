/** The one door of tui/input: bytes from the terminal in, key, paste, mouse, focus and reply events out. Pure. */
export {
  commandName,
  type FocusChange,
  type KeyEvent,
  type KeyPress,
  type MouseInput,
  type Paste,
  type Reply,
} from './key_event.ts';
export { ESCAPE_TIMEOUT_MS, KeyParser, PASTE_BYTES_MAX } from './key_parser.ts';
export { latinByPosition } from './russian_layout.ts';
