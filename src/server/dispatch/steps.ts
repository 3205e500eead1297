/**
 * What happens to a request, as an ordered list of named steps. Each step may refuse; the order is the order of
 * precedence of the errors. Every action goes through every step.
 */
import {
  fail,
  isFailure,
  type Account,
  type ClientPermission,
  type SessionEndReason,
  type ErrorCode,
  type Failure,
  type JsonObject,
  type LimitedBucket,
  type Request,
  type Session,
} from '../../protocol/index.js';
import { addressKey, deviceSubject, sessionSubject, TOUCH_EVERY_MS } from '../domain/index.js';
import { Lasting, type AfterReply, type Peer, type Principal, type Services } from '../handlers/index.js';
import type { Metrics } from '../metrics/index.js';
import { signedInAs, StorageUnavailableError, type KnownDevice, type LiveSession } from '../store/index.js';
import { whoAsks, type Contexts } from './contexts.js';
import { knownDevice, showsDevice } from './known_device.js';
import { detailsOf } from './params.js';
import type { ActionRow } from './rows.js';
import type { Draw, Throttle } from '../throttle/index.js';

/** Who is signed in on the connection that asks. */
export type SignedInAs = { readonly account_id: string; readonly session_id: string };

/** One request on its way through the steps. */
export type Call = {
  readonly request: Request;
  readonly peer: Peer;
  readonly signed_in_as: SignedInAs | null;
  /** Unix milliseconds. */
  readonly at: number;
  readonly row: ActionRow | null;
  principal: Principal | null;
  /** Whose account a request of nobody is about, for the log. */
  concerns: string | null;
  params: object | null;
  known_device: KnownDevice | null;
  draw: Draw | null;
  /** Whether what was asked for is done, whatever becomes of the reply. */
  has_written: boolean;
  result: object | Lasting<object> | null;
  /** The result as JSON, once it is checked. */
  result_text: string;
  after: AfterReply | null;
};

export type DispatchServices = Services & { readonly throttle: Throttle; readonly metrics: Metrics };
/** The same with what makes contexts of them. */
export type StepServices = DispatchServices & { readonly contexts: Contexts };
export type StepOutcome = Failure | null;
export type Step = (call: Call, services: StepServices) => StepOutcome | Promise<StepOutcome>;

function rowOfCall(call: Call): ActionRow {
  if (call.row === null) throw new Error('find_action comes first');
  return call.row;
}

/** The connection has looked the row up already, to know whether the request runs alone. */
const find_action: Step = (call) => (call.row === null ? fail('unknown_action') : null);

/** What the client key permits is asked for every call as well: it may be less than a moment ago. */
const require_client_permission: Step = (call, { store }) => {
  const { clientPermission } = rowOfCall(call);
  if (clientPermission === null) return null;
  const permitted = store.client_permissions.of(call.peer.key_id);
  const judge = (by: ReadonlySet<ClientPermission>): StepOutcome =>
    by.has(clientPermission) ? null : fail('forbidden');
  return permitted instanceof Promise ? permitted.then(judge) : judge(permitted);
};

/** The session is read anew for every call: what was revoked a moment ago is not believed. */
const require_session: Step = (call, { store }) => {
  if (rowOfCall(call).isPublic) return null;
  if (call.signed_in_as === null) return fail('unauthenticated');
  const { session_id } = call.signed_in_as;
  const found = store.sessions.byId(session_id, call.at);
  // Nearly always in memory, and then nobody has to wait for a promise.
  return found instanceof Promise
    ? found.then((live) => takeSession(call, session_id, live))
    : takeSession(call, session_id, found);
};

function takeSession(call: Call, session_id: string, live: LiveSession | null): StepOutcome {
  if (live === null) {
    // It reached its end while the connection lived; nothing more can be done on it.
    call.after = { then: 'end_session', session_id, reason: 'expired' };
    return fail('session_invalid');
  }
  call.principal = {
    account_id: live.account_id,
    session: live.session,
    permissions: live.holding.held,
  };
  return null;
}

const require_permission: Step = (call) => {
  const { permission, orOwn } = rowOfCall(call);
  if (permission === null || call.principal?.permissions.has(permission) === true) return null;
  const isOwn = orOwn !== null && call.request.params[orOwn] === call.principal?.account_id;
  return isOwn ? null : fail('forbidden');
};

const check_params: Step = (call) => {
  const { params } = rowOfCall(call);
  const parsed = params.safeParse(call.request.params);
  if (parsed.success) {
    call.params = parsed.data;
    return null;
  }
  // What was missing can be told from what was wrong only with the input at hand, which costs every request its time.
  const told = params.safeParse(call.request.params, { reportInput: true });
  return fail('invalid_params', { details: detailsOf(told.error ?? parsed.error) });
};

/** A connection is signed in once in its life. Nobody inherits what a predecessor left. */
const require_signed_out: Step = (call) =>
  call.signed_in_as !== null && rowOfCall(call).beginsSession ? fail('already_authenticated') : null;

/** Before anything is limited: strangers at the same address use up nothing of a known device. */
const know_device: Step = (call, { store }) => {
  const { params, peer, at } = call;
  if (!showsDevice(params)) return null;
  return knownDevice(params, peer.key_id, at, store).then((device) => {
    call.known_device = device;
    return null;
  });
};

const throttle: Step = (call, services) => {
  const { bucket } = rowOfCall(call);
  // A token is looked up first: only those that aren't there are counted.
  return bucket === 'free' || bucket === 'token' ? null : drawFrom(bucket, call, services);
};

/** Who draws: what only failures use up, and what right answers use up as well. */
type Drawer = { readonly failures: string; readonly all: string };

/**
 * Returns who draws. Wrong guesses in a session and on a known device are nobody else's; right ones are the account's, however many
 * sessions and devices it has: each is the same work.
 */
function drawsAs(bucket: LimitedBucket, { principal, known_device, peer }: Call): Drawer {
  if (principal !== null) {
    const { account_id, session } = principal;
    return {
      failures: bucket === 'guess' ? sessionSubject(session.session_id) : account_id,
      all: account_id,
    };
  }
  if (known_device !== null)
    return { failures: deviceSubject(known_device.device_id), all: known_device.account_id };
  const address = addressKey(peer.address);
  return { failures: address, all: address };
}

async function drawFrom(bucket: LimitedBucket, call: Call, services: DispatchServices): Promise<StepOutcome> {
  const { failures, all } = drawsAs(bucket, call);
  const draw = await services.throttle.draw(bucket, failures, all);
  if (isFailure(draw)) return draw;
  call.draw = draw;
  return null;
}

/** Notes that whoever is signed in is active, at most once in a while. */
const note_activity: Step = (call, services) => {
  if (!rowOfCall(call).renewsSession) return null;
  if (call.principal !== null) return noteActive(call.principal, call, services);
  // An action for everybody has not looked at the session.
  if (call.signed_in_as === null) return null;
  const found = services.store.sessions.byId(call.signed_in_as.session_id, call.at);
  return found instanceof Promise
    ? found.then((live) => noteActive(live, call, services))
    : noteActive(found, call, services);
};

/** The same for a session that goes on with this call. */
const note_beginning: Step = (call, services) => {
  const { beginsSession, renewsSession } = rowOfCall(call);
  if (!beginsSession || !isSignedIn(call.result)) return null;
  const { account, session } = call.result;
  if (renewsSession) noteActive({ account_id: account.account_id, session }, call, services);
  return endIfOver(session.session_id, call, services);
};

type SignedInAnswer = { readonly account: Account; readonly session: Session };

function isSignedIn(answer: object | null): answer is SignedInAnswer {
  return answer !== null && 'session' in answer && 'account' in answer;
}

/** It may have ended before the connection was known as one of its own, and then nobody has told the connection. */
async function endIfOver(session_id: string, call: Call, { store }: StepServices): Promise<null> {
  let reason: SessionEndReason | null;
  try {
    reason = await store.read.sessions.endReason(session_id);
  } catch (error) {
    if (!(error instanceof StorageUnavailableError)) throw error;
    // It has begun, and that is what is answered. Whether it goes on, the next request asks.
    return null;
  }
  if (reason !== null) call.after = { then: 'end_session', session_id, reason };
  return null;
}

function noteActive(
  active: Pick<Principal, 'account_id' | 'session'> | null,
  call: Call,
  { store, settings, clock }: StepServices,
): null {
  if (active === null || call.at - active.session.last_active_at < TOUCH_EVERY_MS) return null;
  const { account_id } = active;
  const { session_id } = active.session;
  const idle_expires_at = clock.now() + settings.session_life.idle_ms;
  const who = signedInAs(whoAsks(call, null), account_id, session_id);
  // A connection stays where it is, so what is told by this of a place was resumed there. Nobody waits for it, and a full disk is no reason to refuse a read.
  store
    .run('touch_session', { who, account_id, session_id, idle_expires_at, device: null, by: 'resume' })
    .catch(() => null);
  return null;
}

const handle: Step = (call, services) => {
  const answer = rowOfCall(call).handler(services.contexts(call), call.params ?? {});
  return answer instanceof Promise
    ? answer.then((later) => takeAnswer(call, later, services))
    : takeAnswer(call, answer, services);
};

/** Refusals that a handler gives before it has looked at what was sent. */
const UNDECIDED: ReadonlySet<ErrorCode> = new Set(['throttled', 'busy']);

/** Refusals that say there is no such token. */
const NOT_THERE: ReadonlySet<ErrorCode> = new Set(['session_invalid', 'code_invalid', 'not_found']);

function takeAnswer(
  call: Call,
  answer: object | Failure,
  services: StepServices,
): StepOutcome | Promise<StepOutcome> {
  if (isFailure<object | Failure>(answer)) {
    if (rowOfCall(call).bucket === 'token' && NOT_THERE.has(answer.failed))
      return drawFrom('token', call, services).then((refusal) => refusal ?? answer);
    // Nothing was guessed with it, so it isn't counted: many people who sign in at once are no attack.
    return UNDECIDED.has(answer.failed) && call.draw !== null ? call.draw.undo().then(() => answer) : answer;
  }
  call.result = answer;
  return null;
}

/** What only failures use up comes back. */
const give_back: Step = (call) => {
  if (rowOfCall(call).bucket !== 'guess' || call.draw === null) return null;
  return call.draw.succeeded().then(() => null);
};

/** What the schema doesn't name is left out: a column that slipped into a result never leaves. */
const check_result: Step = (call) => {
  const { result } = call;
  if (result instanceof Lasting && result.text !== null) {
    call.result_text = result.text;
    return null;
  }
  const parsed = rowOfCall(call).result.safeParse(result instanceof Lasting ? result.result : (result ?? {}));
  if (!parsed.success)
    throw new Error(`the result of ${call.request.action} does not fit its schema: ${parsed.error.message}`);
  call.result_text = JSON.stringify(parsed.data);
  if (result instanceof Lasting) result.text = call.result_text;
  return null;
};

export const STEPS: readonly (readonly [string, Step])[] = [
  ['find_action', find_action],
  ['require_client_permission', require_client_permission],
  ['require_session', require_session],
  ['require_permission', require_permission],
  ['check_params', check_params],
  ['require_signed_out', require_signed_out],
  ['know_device', know_device],
  ['throttle', throttle],
  ['note_activity', note_activity],
  ['handle', handle],
  ['note_beginning', note_beginning],
  ['give_back', give_back],
  ['check_result', check_result],
];

export type { JsonObject };
