/** The one door of tui/terminal: the tty, and the writers in front of it. Loads no Ink, for it is entered before the first paint. */
export { clipboardSequence, type Multiplexer } from './clipboard.js';
export { AppendWriter } from './append_writer.js';
export {
  capabilitiesOf,
  localeOf,
  sizeOf,
  speaksUtf8,
  type Capabilities,
  type Colours,
} from './capabilities.js';
export {
  diffFrame,
  FrameWriter,
  type CursorPosition,
  type Frame,
  type FrameSink,
  type ScreenSize,
} from './frame_writer.js';
export { styleAt } from './row_style.js';
export {
  nodeProcess,
  Terminal,
  type ProcessHandle,
  type TerminalInput,
  type TerminalOptions,
  type TerminalOutput,
} from './terminal.js';
