/** The door of tui/commands for the program: everything that a screen does, without a screen. */
export { startDemo, type RunningDemo } from './demo.js';
export { processInput } from './process_input.js';
export { runCommandLine } from './run.js';
export { isServerName } from './server_name.js';
export { strangeVariables, Teller } from './teller.js';
