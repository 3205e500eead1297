/** The client's connection state as the interface shows it. Pure. */
import type { ConnectionState } from '../../client/index.js';
import type { Connection } from '../state/model.js';
import { clean } from '../text/index.js';

/** A name that a server gives itself is shown up to here. */
const SERVER_NAME_MAX = 40;

export function connectionView(state: ConnectionState): Connection {
  switch (state.name) {
    case 'connecting':
    case 'handshaking':
      return { name: state.name, attempt: state.attempt };
    case 'ready':
      return {
        name: 'ready',
        server_name: clean(state.server_name, { max: SERVER_NAME_MAX }),
        latency_ms: state.latency_ms === null ? null : Math.round(state.latency_ms),
      };
    case 'retrying':
      return {
        name: 'retrying',
        attempt: state.attempt,
        retry_at: state.retry_at,
        code: state.reason.code,
        error_code: state.reason.error_code ?? null,
      };
    case 'closed':
      return {
        name: 'closed',
        code: state.reason.code,
        error_code: 'error_code' in state.reason ? (state.reason.error_code ?? null) : null,
      };
  }
}
