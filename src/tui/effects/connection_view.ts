/** The client's connection state as the interface shows it. Pure. */
import type { ConnectionState } from '../../client/index.js';
import type { ConnectionView } from '../state/index.js';
import { channelFault } from '../i18n/index.js';
import { clean } from '../text/index.js';

/** A name that a server gives itself is shown up to here. */
const SERVER_NAME_MAX = 40;

/**
 * A latency is shown anew when it is of another class, each twice as slow as the one before, and differs by so much, in
 * milliseconds and as a part of the one that is shown. Whatever is below the first class is quick: a busy machine makes
 * 2 ms 30 ms and back, and drawing that would keep an idle screen busy.
 */
const QUICK_MS = 50;
const LATENCY_STEP_MS = 5;
const LATENCY_STEP_PART = 0.2;

const classOf = (latency_ms: number): number =>
  latency_ms < QUICK_MS ? 0 : 1 + Math.floor(Math.log2(latency_ms / QUICK_MS));

function steadyLatency(shown: number | null, measured_ms: number | null): number | null {
  if (measured_ms === null) return shown;
  const measured = Math.round(measured_ms);
  if (shown === null) return measured;
  const step = Math.max(LATENCY_STEP_MS, LATENCY_STEP_PART * shown);
  return classOf(measured) !== classOf(shown) && Math.abs(measured - shown) >= step ? measured : shown;
}

/** Returns what is shown after `shown`; the very same where there is nothing new to see. */
export function connectionView(state: ConnectionState, shown: ConnectionView): ConnectionView {
  const next = viewOf(state, shown);
  const same =
    next.name === 'ready' &&
    shown.name === 'ready' &&
    next.server_name === shown.server_name &&
    next.latency_ms === shown.latency_ms;
  return same ? shown : next;
}

function viewOf(state: ConnectionState, shown: ConnectionView): ConnectionView {
  switch (state.name) {
    case 'connecting':
      // Nothing is there yet, and most tries are over at once: the banner would come and go every second, and rows jump.
      return shown.name === 'retrying' ? shown : { name: 'connecting', attempt: state.attempt };
    case 'handshaking':
      return { name: state.name, attempt: state.attempt };
    case 'ready':
      return {
        name: 'ready',
        server_name: clean(state.server_name, { max: SERVER_NAME_MAX }),
        latency_ms: steadyLatency(shown.name === 'ready' ? shown.latency_ms : null, state.latency_ms),
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
        ...('channel' in state.reason
          ? { fault: channelFault(state.reason.channel, state.reason.message) }
          : {}),
      };
  }
}
