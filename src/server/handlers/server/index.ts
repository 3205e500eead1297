/** Handlers of the actions in `protocol/actions/server.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { server_info } from './server_info.js';
import { server_stats } from './server_stats.js';

export const SERVER_HANDLERS: HandlersOf<'server'> = {
  server_info,
  server_stats,
};
