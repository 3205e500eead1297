/** Slows down guessing at passwords, account by account and address by address. */
export { LadderGuard } from './guess_guard.js';
