/** The action table: every action of the protocol under its wire name. All else derives from it. */
import type * as z from 'zod';
import type { ActionSpec, ErrorOfSpec } from '../define_action.js';
import type { ErrorCode } from '../errors.js';
import { ACCOUNT_ACTIONS } from './account.js';
import { CLIENT_KEY_ACTIONS } from './client_key.js';
import { CONNECTION_ACTIONS } from './connection.js';
import { ROLE_ACTIONS } from './role.js';
import { SERVER_ACTIONS } from './server.js';
import { SESSION_ACTIONS, type SIGN_IN_FAILURES, type SIGN_IN_METHODS } from './session.js';
import { THROTTLE_ACTIONS } from './throttle.js';
import { TOKEN_ACTIONS } from './token.js';
import { USER_ACTIONS, USER_SORTS } from './user.js';

/** The parts of the table, by the noun that their actions are about. */
export const ACTIONS_BY_NOUN = {
  connection: CONNECTION_ACTIONS,
  server: SERVER_ACTIONS,
  account: ACCOUNT_ACTIONS,
  session: SESSION_ACTIONS,
  token: TOKEN_ACTIONS,
  user: USER_ACTIONS,
  role: ROLE_ACTIONS,
  throttle: THROTTLE_ACTIONS,
  client_key: CLIENT_KEY_ACTIONS,
} as const satisfies Record<string, Record<string, ActionSpec>>;

export const ACTIONS = {
  ...CONNECTION_ACTIONS,
  ...SERVER_ACTIONS,
  ...ACCOUNT_ACTIONS,
  ...SESSION_ACTIONS,
  ...TOKEN_ACTIONS,
  ...USER_ACTIONS,
  ...ROLE_ACTIONS,
  ...THROTTLE_ACTIONS,
  ...CLIENT_KEY_ACTIONS,
} as const satisfies Record<string, ActionSpec>;

export type Noun = keyof typeof ACTIONS_BY_NOUN;
export type ActionName = keyof typeof ACTIONS;
/** The actions about one noun. */
export type ActionNameOf<N extends Noun> = keyof (typeof ACTIONS_BY_NOUN)[N] & ActionName;
/** The actions whose entries hold what `F` says, for example `{ identity: 'begins' }`. A new one is in it by itself. */
export type ActionNameWith<F extends Partial<ActionSpec>> = {
  [A in ActionName]: (typeof ACTIONS)[A] extends F ? A : never;
}[ActionName];
/** The actions whose entries declare an error code. */
export type ActionNameRefusedWith<C extends ErrorCode> = {
  [A in ActionName]: C extends DeclaredErrorOf<A> ? A : never;
}[ActionName];
/** What a caller sends. */
export type ParamsOf<A extends ActionName> = z.input<(typeof ACTIONS)[A]['params']>;
/** What a handler gets: params after validation. */
export type ParsedParamsOf<A extends ActionName> = z.output<(typeof ACTIONS)[A]['params']>;
export type ResultOf<A extends ActionName> = z.output<(typeof ACTIONS)[A]['result']>;
/** Every code that a call can be refused with. */
export type ErrorOf<A extends ActionName> = ErrorOfSpec<(typeof ACTIONS)[A]>;
/** The codes that the action's entry itself declares. */
export type DeclaredErrorOf<A extends ActionName> = (typeof ACTIONS)[A]['errors'][number];

export const ACTION_NAMES = Object.keys(ACTIONS) as readonly ActionName[];

/** Returns true for a wire name of the table. */
export function isActionName(value: unknown): value is ActionName {
  return typeof value === 'string' && Object.hasOwn(ACTIONS, value);
}

export { LOCAL_CLIENT_KEY, LOCAL_KEY_ID, type ClientKeyRecord } from './client_key.js';
export { BUILT_IN_ROLE_RECORDS, KNOWN_PERMISSIONS, PERMISSION_KINDS } from './role.js';
export { USER_SORTS };
export type UserSort = (typeof USER_SORTS)[number];
export type SignInMethod = (typeof SIGN_IN_METHODS)[number];
export type SignInFailure = (typeof SIGN_IN_FAILURES)[number];
