/** The table of all commands. */
import { ACCOUNT_COMMANDS } from './account_commands.js';
import { CLIENT_COMMANDS } from './client_commands.js';
import type { CommandSpec } from './command.js';
import { KEPT_ACCOUNT_COMMANDS } from './kept_account_commands.js';
import { ROLE_COMMANDS } from './role_commands.js';
import { SERVER_COMMANDS } from './server_commands.js';
import { USER_COMMANDS } from './user_commands.js';

export const COMMANDS: readonly CommandSpec[] = [
  ...ACCOUNT_COMMANDS,
  ...KEPT_ACCOUNT_COMMANDS,
  ...USER_COMMANDS,
  ...ROLE_COMMANDS,
  ...CLIENT_COMMANDS,
  ...SERVER_COMMANDS,
];
