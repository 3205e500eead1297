/** From a request to the body of its reply: runs the steps, turns errors into codes, and logs what happened. */
import {
  encodeFailure,
  encodeResultText,
  ERRORS,
  fail,
  type ErrorCode,
  type Failure,
  type Request,
} from '../../protocol/index.js';
import { addressKey } from '../domain/index.js';
import type { AfterReply, Peer } from '../handlers/index.js';
import type { Log } from '../runtime/index.js';
import { NotAdmittedError, OutcomeUnknownError, StorageUnavailableError } from '../store/index.js';
import { contextsOver } from './contexts.js';
import type { ActionRow } from './rows.js';
import {
  STEPS,
  type Call,
  type DispatchServices,
  type StepServices,
  type SignedInAs,
  type Step,
  type StepOutcome,
} from './steps.js';

export { rowOf, type ActionRow } from './rows.js';
export { STEPS, type DispatchServices, type SignedInAs } from './steps.js';

/** Stands behind the last step; the index never gets there. */
const NO_STEP: readonly [string, Step] = ['none', () => null];

/** The body of a reply, and whether the connection ends with it. */
export type Reply = {
  readonly body: string;
  readonly closes: boolean;
  readonly failed: ErrorCode | null;
  readonly after: AfterReply | null;
};

export class Dispatcher {
  readonly #services: StepServices;
  readonly #log: Log;

  constructor(services: DispatchServices, log: Log) {
    this.#services = { ...services, contexts: contextsOver(services) };
    this.#log = log;
  }

  /** Answers a request: at once when nothing has to be waited for. Never throws, never rejects. */
  answer(
    request: Request,
    row: ActionRow | null,
    peer: Peer,
    signedInAs: SignedInAs | null,
  ): Reply | Promise<Reply> {
    const { clock } = this.#services;
    const call: Call = {
      request,
      peer,
      signed_in_as: signedInAs,
      at: clock.now(),
      row,
      principal: null,
      concerns: null,
      params: null,
      known_device: null,
      draw: null,
      has_written: false,
      result: null,
      result_text: '{}',
      after: null,
    };
    const began = performance.now();
    const outcome = this.#runSteps(call, 0);
    return outcome instanceof Promise
      ? outcome.then((failure) => this.#reply(call, failure, began, clock.now()))
      : this.#reply(call, outcome, began, call.at);
  }

  /** `at`: Unix milliseconds, for the reply. */
  #reply(call: Call, failure: StepOutcome, began: number, at: number): Reply {
    const { request } = call;
    const took_ms = performance.now() - began;
    call.draw?.end();
    this.#services.metrics.count(call.row?.name ?? '[unknown]', failure?.failed ?? 'ok', took_ms);
    this.#record(call, failure, Math.round(took_ms * 100) / 100);
    if (failure !== null || call.row === null) {
      const told = failure ?? fail('internal');
      return {
        body: encodeFailure(request.id, told, at),
        closes: ERRORS[told.failed].closes,
        failed: told.failed,
        after: call.after,
      };
    }
    return {
      body: encodeResultText(call.row.reply, request.id, call.result_text, at),
      closes: false,
      failed: null,
      after: call.after,
    };
  }

  /** Runs the steps from a place in the list on. Goes on at once as long as no step has to wait for anything. */
  #runSteps(call: Call, from: number): StepOutcome | Promise<StepOutcome> {
    for (let index = from; index < STEPS.length; index += 1) {
      const [name, run] = STEPS[index] ?? NO_STEP;
      let outcome: StepOutcome | Promise<StepOutcome>;
      try {
        outcome = run(call, this.#services);
      } catch (error) {
        return this.#fault(call, name, error);
      }
      if (outcome instanceof Promise) {
        return outcome.then(
          (failure) => failure ?? this.#runSteps(call, index + 1),
          (error: unknown) => this.#fault(call, name, error),
        );
      }
      if (outcome !== null) return outcome;
    }
    return null;
  }

  /** Returns what is told when a step threw. */
  #fault(call: Call, step: string, error: unknown): Failure {
    if (error instanceof NotAdmittedError) return notAdmitted(call, error.failure);
    if (error instanceof StorageUnavailableError && call.has_written) {
      this.#trouble(call, { reason: error.message }, 'what was written can not be answered');
      return fail('outcome_unknown');
    }
    if (error instanceof StorageUnavailableError) {
      this.#trouble(call, { reason: error.message }, 'the database can not be written');
      return fail('storage_unavailable');
    }
    if (error instanceof OutcomeUnknownError) {
      this.#trouble(call, { reason: error.message }, 'what became of a write is not known');
      return fail('outcome_unknown');
    }
    const reason = error instanceof Error ? (error.stack ?? error.message) : String(error);
    this.#trouble(call, { step, reason }, 'a request failed inside the server');
    return fail('internal');
  }

  /** Whoever asks for what fails can ask again and again. */
  #trouble(
    { row, peer }: Call,
    why: { readonly reason: string; readonly step?: string },
    says: string,
  ): void {
    const [reason = ''] = why.reason.split('\n');
    const fields = () => ({ action: row?.name, ...why });
    this.#log.stranger(
      'storage',
      { level: 'error', address: addressKey(peer.address), reason, fields },
      says,
    );
  }

  /** One line a request: refusals and changes for everybody to see, reads for whoever looks closely. */
  #record(call: Call, failure: Failure | null, took_ms: number): void {
    const level = levelOf(failure, call.row?.isAudited ?? false);
    // Picking out what may be shown costs more than most requests: only for lines that somebody will read.
    if (!this.#log.isLevelEnabled(level)) return;
    const action = call.row?.name ?? '[unknown]';
    const outcome = failure?.failed ?? 'ok';
    const { address } = call.peer;
    const fields = () => ({
      action,
      outcome,
      took_ms,
      address,
      account_id: call.principal?.account_id ?? call.concerns ?? undefined,
      params: call.row?.logged(call.params ?? {}),
    });
    if (level === 'debug' || failure === null) this.#log[level](fields(), 'done');
    else {
      const about = { level, address: addressKey(address), reason: `${action} ${outcome}`, fields };
      this.#log.stranger('request', about, 'refused');
    }
  }
}

/** Returns what is told to somebody who was let in and may not any more. Of the client key's end the close tells. */
function notAdmitted(call: Call, { failed }: NotAdmittedError['failure']): Failure {
  // Heard of its end by others at the same time; if not, by this.
  if (failed === 'session_invalid' && call.signed_in_as !== null)
    call.after = { then: 'end_session', session_id: call.signed_in_as.session_id, reason: 'expired' };
  return fail(failed);
}

/** Returns how loud a request is: trouble and guessing first, then refusals and changes, then reads. */
function levelOf(failure: Failure | null, changes: boolean): 'warn' | 'info' | 'debug' {
  if (failure === null) return changes ? 'info' : 'debug';
  const { failed } = failure;
  const loud = ERRORS[failed].response >= 500 || failed === 'invalid_credentials' || failed === 'throttled';
  return loud ? 'warn' : 'info';
}
