/** What the programs end with. After [sysexits(3)]; help quotes the sentences. */

export const EXIT = {
  ok: 0,
  refused: 1,
  usage: 64,
  unavailable: 69,
  fault: 70,
  cannot_create: 73,
  not_written: 74,
} as const;

export type ExitCode = (typeof EXIT)[keyof typeof EXIT];

export const EXIT_MEANINGS: Readonly<Record<keyof typeof EXIT, string>> = {
  ok: 'done',
  refused: 'refused or not found; for doctor: something is wrong',
  usage: 'the command line or a setting is wrong',
  unavailable: 'the database, the port or the disk can not be used now',
  fault: 'a fault in the program',
  cannot_create: 'the data folder or a file in it can not be made',
  not_written: 'the result could not be written to standard output; what the command does may be done',
};
