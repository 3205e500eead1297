/** Handlers of the actions in `protocol/actions/throttle.ts`: a missing one doesn't compile. */
import type { HandlersOf } from '../handler.js';
import { clear_throttle } from './clear_throttle.js';

export const THROTTLE_HANDLERS: HandlersOf<'throttle'> = {
  clear_throttle,
};
