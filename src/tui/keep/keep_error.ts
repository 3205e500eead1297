/** Why what is kept can't be used: a closed list, so that every language has its sentence. */

/** Each with its sentence, which says what to do. */
export const KEEP_ERRORS = {
  not_ours: '{path} belongs to someone else, so it is not used. Remove it, or change its owner.',
  not_a_file: '{path} is a link, or no file, so it is not used. Remove it.',
  open_to_others: "Others on this machine can get at {path}, so it is not used. Run: chmod {mode} '{path}'",
  unreadable: '{path} can not be read ({cause}). Check its owner and permissions.',
  folder_unwritable: '{path} can not be written ({cause}). Check its owner and permissions.',
  unwritable: '{path} can not be written ({cause}). Check the free space.',
  held: '{path} is held by another program. If none runs, remove it.',
  damaged: '{path} is damaged. Remove it: you will have to sign in again.',
  newer:
    '{path} was written by a newer auth-tui (format {format}), so it is left alone. Use that one; or move the file away and sign in ' +
    'again.',
  name_form: 'A server is called by 1 to 64 letters, digits, dots, hyphens and underscores.',
  name_taken: 'Another server is called {name} already. Choose another name, or forget that one.',
  pin_changed:
    'THE PIN OF {place} HAS CHANGED since it was kept as {name}. Someone may be in between, or the server was set up anew. ' +
    'Nothing was sent. Ask whoever runs it; if the new pin is right: auth-tui servers forget {name}',
  tls_lost:
    'THE CHANNEL TO {place} HAS CHANGED since it was kept as {name}: there was TLS, and now there would be plain TCP. Someone ' +
    'may want to read along, or the server was set up anew. Nothing was sent. Ask whoever runs it; if it is right: ' +
    'auth-tui servers forget {name}',
} as const;

export type KeepFault = keyof typeof KEEP_ERRORS;

/** What is kept can't be read or written; the message says what to do. */
export class KeepError extends Error {
  override readonly name = 'KeepError';
  readonly fault: KeepFault;
  /** What the places of the sentence stand for. */
  readonly about: Readonly<Record<string, string>>;

  constructor(fault: KeepFault, about: Readonly<Record<string, string>> = {}) {
    super(KEEP_ERRORS[fault].replace(/\{(\w+)\}/g, (place, name: string) => about[name] ?? place));
    this.fault = fault;
    this.about = about;
  }
}
