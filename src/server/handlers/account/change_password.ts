import { isFailure } from '../../../protocol/index.js';
import { accountSubject, checkNewPassword } from '../../domain/index.js';
import type { Handler } from '../handler.js';
import { withOwnPassword } from '../replies.js';

export const change_password: Handler<'change_password'> = (context, { current_password, new_password }) =>
  withOwnPassword(context, current_password, async (verified, place) => {
    const { write, hasher, settings, principal, peer, who } = context;
    const rejected = checkNewPassword(new_password, {
      length_min: settings.password_length_min,
      context: { words: [verified.account_name, verified.email, current_password, settings.server_name] },
      path: 'new_password',
    });
    if (rejected !== null) return rejected;
    const new_hash = await hasher.hash(new_password, {
      address: peer.address,
      account: accountSubject(principal.account_id),
      known_device: false,
    });
    if (isFailure(new_hash)) return new_hash;
    const ended = await write('change_password', {
      who,
      account_id: principal.account_id,
      verified_hash: verified.password_hash,
      new_hash,
      keep_session_id: principal.session.session_id,
      place,
    });
    return isFailure(ended) ? ended : { ended_sessions: ended };
  });
