/** Slows down: guessing at passwords, by account and address; and everything with a cost, by address and by account. */
export { Throttle, type Draw } from './buckets.js';
export { LadderGuard } from './guess_guard.js';
export { RepeatedRefusals } from './repeated_refusals.js';
