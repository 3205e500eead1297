/** The one door of tui/reach: from what was asked for to a server, for the interface and for single commands. */
export { AddressError, addressLabel, connectionStringWith, readSetupCode } from './address.js';
export {
  chooseServer,
  type ChosenServer,
  codeOfKeepFault,
  findServer,
  keepProblem,
  type ServerChoice,
  type StartAs,
} from './choose_server.js';
export { cleanProblem, cleanResult } from './clean_result.js';
export { systemNow } from './clock.js';
export { freshToken, type FreshToken } from './fresh_token.js';
export { readInputLine, type InputLine } from './input_line.js';
export { keptDevices } from './kept_devices.js';
export { OneShot, Refusal } from './one_shot.js';
