/** Clock, randomness and log: the effects that everything else gets handed. */
export { systemClock, type Clock } from './clock.js';
export { createLog, LOG_FORMATS, LOG_LEVELS, visible, type Log, type LogLevel } from './log.js';
export { descriptorLimit } from './descriptor_limit.js';
export type { StrangerKind } from './strangers.js';
export { systemRandom, type Random } from './random.js';
