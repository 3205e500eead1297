/** The one door of tui/input: bytes from the terminal in, key, paste, mouse, focus and reply events out; and the table of keys. Pure. */
export {
  asTwoKeys,
  commandName,
  type FocusChange,
  type KeyEvent,
  type KeyPress,
  type MouseInput,
  type Paste,
  type Reply,
} from './key_event.js';
export { KeyParser, LOST_END_MS, PASTE_BYTES_MAX } from './key_parser.js';
export {
  ACTION_IDS,
  isKeyName,
  KeyConflict,
  Keymap,
  keyName,
  keysOn,
  layoutOf,
  shownKey,
  typesText,
  type ActionId,
  type Binding,
  type Layout,
  type Place,
} from './keymap.js';
export { latinByPosition } from './russian_layout.js';
