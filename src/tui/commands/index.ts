/** The door of tui/commands for the program: everything that a screen does, without a screen. */
export { runCommandLine } from './run.js';
