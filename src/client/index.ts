/** The client room's door: a typed client of one server, with reconnecting and session keeping. */
export { type CallOptions, type CallOutcome } from './calls.js';
export { Client, connect, type ConnectOptions, type SignedOutReason } from './client.js';
export {
  formatConnectionString,
  parseConnectionString,
  readConnectionFile,
  readLocalConnectionString,
  readLocalKey,
  type ClientKey,
  type ServerAddress,
} from './connection_string.js';
export { type DeviceTokenStore } from './device_tokens.js';
export {
  AddressError,
  CHANNEL_ERRORS,
  CallError,
  CLIENT_ERRORS,
  ConnectError,
  type AddressFault,
  type ChannelFault,
  type ChannelProblem,
  type ClientErrorCode,
  type ConnectFailure,
} from './errors.js';
export { readInputLine, type InputLine } from './input_line.js';
export { type ConnectionState } from './lifeline.js';
export { readOwnFile } from './own_file.js';
export { type InsecurePlain } from '../protocol/index.js';
