/** The one door of tui/terminal: the tty, the frame writer in front of it, and Ink as the layout engine behind it. */
export { screenOrigin, useCursor } from './cursor.ts';
export {
  diffFrame,
  FrameWriter,
  type CursorPosition,
  type Frame,
  type FrameSink,
  type ScreenSize,
} from './frame_writer.ts';
export { mountInk, useScreenSize, type InkHost, type InkHostOptions } from './ink_host.tsx';
export {
  nodeProcess,
  Terminal,
  type ProcessHandle,
  type TerminalInput,
  type TerminalOptions,
  type TerminalOutput,
} from './terminal.ts';
