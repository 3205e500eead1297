/** Lines of standard input, for commands. */
export { readInputLine, type InputLine } from '../../client/index.js';
