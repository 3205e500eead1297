/** Handlers of the actions in `protocol/actions/connection.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { probe } from './probe.js';
import { quit } from './quit.js';

export const CONNECTION_HANDLERS: HandlersOf<'connection'> = {
  probe,
  quit,
};
