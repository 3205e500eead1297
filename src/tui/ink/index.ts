/** The one door of tui/ink: Ink as the layout engine behind the frame writer. Loads React. */
export { screenOrigin, useCursor } from './cursor.js';
export { mountInk, useScreenSize, type InkHost, type InkHostOptions } from './ink_host.js';
