/** Whether a word is the name of a server, so that the UI is meant and no command. */
import { lookup } from 'node:dns/promises';
import { Keep, KeepError } from '../keep/index.js';
import { systemNow } from '../reach/index.js';
import { keepFolder } from '../server_choice.js';

/** Whoever mistypes a command shouldn't wait for a name server that is away. */
const LOOKUP_MS = 2_000;
/** A name without a dot. Digits alone would be a number that some systems take for an address. */
const NAME = /^(?!\d+$)[\w-]{1,63}$/;

/** `unanswered`: nobody said in time, and the question may keep the process alive for a while. */
export type NameAnswer = 'known' | 'unknown' | 'unanswered';

/** Returns whether a word is a known server's name, or a name of the network that this machine finds. `find` rejects for one that it doesn't. */
export async function isServerName(
  word: string,
  env: Readonly<Record<string, string | undefined>>,
  find: (name: string) => Promise<unknown> = lookup,
): Promise<NameAnswer> {
  if (isKept(word, env)) return 'known';
  if (!NAME.test(word)) return 'unknown';
  let timer: NodeJS.Timeout | undefined;
  const late = new Promise<NameAnswer>((resolve) => {
    timer = setTimeout(() => resolve('unanswered'), LOOKUP_MS);
  });
  const found = find(word).then(
    (): NameAnswer => 'known',
    (): NameAnswer => 'unknown',
  );
  const answer = await Promise.race([found, late]);
  clearTimeout(timer);
  return answer;
}

function isKept(word: string, env: Readonly<Record<string, string | undefined>>): boolean {
  const folder = keepFolder(env);
  if (folder === null) return false;
  try {
    return new Keep(folder, systemNow).knownServer(word.trim()) !== null;
  } catch (error) {
    // What is kept can't be read: the word is judged without it.
    if (error instanceof KeepError) return false;
    throw error;
  }
}
