/**
 * The action table as the steps read it: rows of one shape, whatever an entry names, with what would otherwise be worked
 * out for every call. One shape matters: reading a property of objects of thirty shapes is what a short request would
 * spend its time with.
 */
import {
  accessOf,
  ACTION_NAMES,
  ACTIONS,
  loggedParamsOf,
  replyForm,
  type ActionName,
  type ActionSpec,
  type Bucket,
  type ClientPermission,
  type Permission,
  type ReplyForm,
} from '../../protocol/index.js';
import { HANDLERS, type Context } from '../handlers/index.js';

type AnyHandler = (context: Context<ActionName>, params: object) => Promise<object> | object;

export class ActionRow {
  readonly name: ActionName;
  readonly params: ActionSpec['params'];
  readonly result: ActionSpec['result'];
  /** Whether it can be called without a session. */
  readonly isPublic: boolean;
  /** What the client key of the connection must permit; null when any will do. */
  readonly clientPermission: ClientPermission | null;
  /** What the caller must be allowed to; null when being signed in is enough. */
  readonly permission: Permission | null;
  /** The param that opens it to everybody who names the own account there; null where there is none. */
  readonly orOwn: string | null;
  readonly bucket: Bucket;
  /** Whether it changes something that the audit log tells of. */
  readonly isAudited: boolean;
  /** Whether it changes who is signed in on the connection: it runs alone there. */
  readonly changesIdentity: boolean;
  /** Whether its reply may be as long as a page of a list: a connection has one of these in work at a time. */
  readonly isLong: boolean;
  /** Whether it shows that a connection is in use although nobody is signed in on it. */
  readonly prolongs: boolean;
  /** Whether it shows that the session on which it comes, or which it begins, is in use. */
  readonly renewsSession: boolean;
  /** Whether a session begins with it on the connection: refused to whoever is signed in already. */
  readonly beginsSession: boolean;
  /** What of its params the log may hold. */
  readonly logged: (params: object) => object;
  readonly reply: ReplyForm;
  readonly handler: AnyHandler;

  constructor(name: ActionName) {
    const spec: ActionSpec = ACTIONS[name];
    this.name = name;
    this.params = spec.params;
    this.result = spec.result;
    const { client, permission, or_own, by_nobody } = accessOf(spec.access);
    this.isPublic = by_nobody;
    this.clientPermission = client;
    this.permission = permission;
    this.orOwn = or_own;
    this.bucket = spec.bucket;
    this.isAudited = spec.audit !== null;
    this.changesIdentity = spec.identity !== null;
    this.isLong = spec.bucket === 'list';
    this.prolongs = spec.renews.includes('connection');
    this.renewsSession = spec.renews.includes('session');
    this.beginsSession = spec.identity === 'begins';
    this.logged = loggedParamsOf(spec);
    this.reply = replyForm(spec.response, spec.alert);
    // The table pairs each name with a handler for that very name: params were parsed by the schema of the same entry,
    // and the principal is there because require_session went before.
    this.handler = HANDLERS[name] as AnyHandler;
  }
}

/** By wire name. */
const ROWS: ReadonlyMap<string, ActionRow> = new Map(ACTION_NAMES.map((name) => [name, new ActionRow(name)]));

/** Returns the row of an action; null when there is no such action. */
export function rowOf(action: string): ActionRow | null {
  return ROWS.get(action) ?? null;
}
