/** How a command ends without the server having had a say. */

/** The command line can't be understood. The message never repeats a value: it may be a password. */
export class UsageError extends Error {
  override readonly name = 'UsageError';
}

/** The person pressed Ctrl+C at a prompt. */
export class Cancelled extends Error {
  override readonly name = 'Cancelled';
}
