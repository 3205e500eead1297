/** Clock, randomness and log: the effects that everything else gets handed. */
export { systemClock, type Clock } from './clock.js';
export { createLog, LOG_FORMATS, LOG_LEVELS, visible, type Log, type LogLevel } from './log.js';
export { LogOutput, type Reopened } from './log_output.js';
export { descriptorLimit } from './descriptor_limit.js';
export type { StrangerKind } from './strangers.js';
export { systemRandom, type Random } from './random.js';
export { EXIT_HUNG_UP, hearSignals, type StopSignal } from './signals.js';
