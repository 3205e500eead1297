import { setImmediate as nextTurn } from 'node:timers/promises';
import { fail, isFailure, type ErrorDetail, type ResultOf } from '../../../protocol/index.js';
import { tokenKey } from '../../crypto/index.js';
import { addressKey } from '../../domain/index.js';
import type { Holding, LiveSession } from '../../store/index.js';
import type { Context, Handler } from '../handler.js';
import { isSessionToken } from '../replies.js';

type Told = ResultOf<'check_permission'>['answers'][number];

/** For how long one turn of the event loop may be spent with the questions of one request, milliseconds. */
const SLICE_MS = 2;

const NOTHING: Told = { active: false, held: false, by: null };

function told(holding: Holding, permission: string): Told {
  const by = holding.by(permission);
  return { active: true, held: by !== null, by };
}

/** Returns the live session that a token stands for; null for one that is none, and whether it was looked up in vain. */
async function sessionOf(
  { store, access_tokens, at }: Context<'check_permission'>,
  token: string,
): Promise<{ readonly live: LiveSession | null; readonly inVain: boolean }> {
  if (isSessionToken(token)) {
    const live = await store.sessions.byTokenKey(tokenKey(token), at);
    return { live, inVain: live === null };
  }
  // By its signature it says itself that it is none.
  const claims = access_tokens.verify(token, at);
  const live = claims === null ? null : await store.sessions.byId(claims.sid, at);
  return { live: live?.account_id === claims?.sub ? live : null, inVain: false };
}

export const check_permission: Handler<'check_permission'> = async (context, { questions }) => {
  const details = questions.flatMap(({ account_id, token }, at): ErrorDetail[] =>
    (account_id === undefined) === (token === undefined)
      ? [
          {
            path: `questions.${at}`,
            reason: 'not_one',
            message: 'A question is about an account or a token.',
          },
        ]
      : [],
  );
  if (details.length > 0) return fail('invalid_params', { details: details.slice(0, 1) });
  const { store, throttle, peer } = context;
  const ids = questions.flatMap(({ account_id }) => account_id ?? []);
  const holders = ids.length === 0 ? null : await store.holders.of(ids);
  const answers: Told[] = [];
  let began = performance.now();
  for (const { account_id, token, permission } of questions) {
    // A signature takes a tenth of a millisecond: a thousand of them take turns with what others ask.
    if (performance.now() - began > SLICE_MS) {
      await nextTurn();
      began = performance.now();
    }
    if (token === undefined) {
      const roles = account_id === undefined ? undefined : holders?.get(account_id);
      const table = store.roles.now ?? (await store.roles.current());
      answers.push(roles === undefined ? NOTHING : told(table.holdingOf(roles), permission));
      continue;
    }
    const { live, inVain } = await sessionOf(context, token);
    if (inVain) {
      const draw = await throttle.draw('token', addressKey(peer.address));
      if (isFailure(draw)) return draw;
      draw.end();
    }
    answers.push(live === null ? NOTHING : told(live.holding, permission));
  }
  return { answers };
};
