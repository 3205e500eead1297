/** All subjects, in the order in which they run. */
import type { Subject } from '../bench.js';
import { connections } from './connections.js';
import { crowd } from './crowd.js';
import { messages } from './messages.js';
import { peers } from './peers.js';
import { postgres } from './postgres.js';
import { scale } from './scale.js';
import { signIn } from './sign_in.js';
import { storm } from './storm.js';
import { tui } from './tui.js';
import { verify } from './verify.js';

export const SUBJECTS: readonly Subject[] = [
  verify,
  signIn,
  storm,
  messages,
  connections,
  crowd,
  scale,
  postgres,
  tui,
  peers,
];

/** They need what few machines have as they are (other servers, very many open files), or minutes. They run when they are named. */
export const BY_NAME_ONLY: ReadonlySet<string> = new Set([crowd.name, peers.name, postgres.name]);
