/** All subjects, in the order in which they run. */
import type { Subject } from '../bench.js';
import { connections } from './connections.js';
import { messages } from './messages.js';
import { peers } from './peers.js';
import { scale } from './scale.js';
import { signIn } from './sign_in.js';
import { storm } from './storm.js';
import { tui } from './tui.js';
import { verify } from './verify.js';

export const SUBJECTS: readonly Subject[] = [verify, signIn, storm, messages, connections, scale, tui, peers];

/** Needs what isn't installed unless somebody asked for it, so it runs when it is named and not otherwise. */
export const BY_NAME_ONLY: ReadonlySet<string> = new Set([peers.name]);
