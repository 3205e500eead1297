/**
 * What proves an entry of the action table: for its example, for each event that it may write besides, for each of its
 * refusals, what has to be there before the call. An entry that says more than is proved here doesn't compile.
 */
import type { ACTIONS, ActionName, ActionNameOf, DeclaredErrorOf, Noun } from '../../src/protocol/index.js';
import type { ExampleWorld } from '../support/example_world.js';
import type { RawPeer } from '../support/raw_peer.js';

/** The connection that the call comes on, and its params: those of the example unless told. */
export type Asked = {
  readonly peer: RawPeer;
  readonly params?: object;
  /** The server, where it is not the one of the world. */
  readonly world?: ExampleWorld;
};

/** Makes what has to be there before the call. */
export type SetUp = (world: ExampleWorld) => Promise<Asked> | Asked;

type Entry<A extends ActionName> = (typeof ACTIONS)[A];
type AlsoOf<A extends ActionName> =
  Entry<A> extends { readonly also_audits: readonly (infer E extends string)[] } ? E : never;

type Also<A extends ActionName> = [AlsoOf<A>] extends [never]
  ? { readonly also?: never }
  : { readonly also: Readonly<Record<AlsoOf<A>, SetUp>> };
type Refused<A extends ActionName> = [DeclaredErrorOf<A>] extends [never]
  ? { readonly refused?: never }
  : { readonly refused: Readonly<Record<DeclaredErrorOf<A>, SetUp>> };
type EndsOwn<A extends ActionName> =
  Entry<A> extends { readonly ends_own_session: object }
    ? { readonly ends_own: SetUp }
    : { readonly ends_own?: never };

export type Proof<A extends ActionName> = {
  readonly example: SetUp;
  /** The connection is closed after the reply. */
  readonly closes?: true;
} & Also<A> &
  Refused<A> &
  EndsOwn<A>;

/** The proofs of all actions about one noun: a missing one doesn't compile, and one too many neither. */
export type ProofsOf<N extends Noun> = { readonly [A in ActionNameOf<N>]: Proof<A> };

/** The same without the tie between an action and its entry, for whoever goes through all of them. */
export type AnyProof = {
  readonly example: SetUp;
  readonly closes?: true;
  readonly also?: Readonly<Record<string, SetUp>>;
  readonly refused?: Readonly<Record<string, SetUp>>;
  readonly ends_own?: SetUp;
};

/** On a new connection, with these params. */
export const byStranger =
  (params?: object): SetUp =>
  async (world) => ({ peer: await world.stranger(), ...(params === undefined ? {} : { params }) });

/** By the administrator, with these params. */
export const byBoss =
  (params?: object): SetUp =>
  (world) => ({ peer: world.boss, ...(params === undefined ? {} : { params }) });

/** By somebody who is signed in, with these params. */
export const byPerson =
  (params?: object): SetUp =>
  async (world) => ({ peer: (await world.person()).peer, ...(params === undefined ? {} : { params }) });

/** By the `anna` of the examples. */
export const byAnna: SetUp = async (world) => ({ peer: (await world.anna()).peer });

/** The same, with two more sessions of hers. */
export const byAnnaOfThree: SetUp = async (world) => {
  const { peer } = await world.anna();
  await world.elsewhere('anna');
  await world.elsewhere('anna');
  return { peer };
};

/** On a new connection, from a place where the session of the `anna` of the examples has not been used. */
export const byAnnaElsewhere: SetUp = async (world) => {
  const other = await world.other({});
  await other.anna();
  return { world: other, peer: await other.stranger(other.server.address.key, { from: '127.0.0.2' }) };
};

/** Ids that are well formed and nobody's. */
export const NOBODY = `a_${'0'.repeat(20)}`;
export const NO_SESSION = `s_${'0'.repeat(20)}`;
export const NO_KEY = `k_${'0'.repeat(20)}`;
/** A token or code that is well formed and nobody's. */
export const forged = (prefix: 'pcs' | 'pcr' | 'pcc' | 'pca'): string => `${prefix}_${'A'.repeat(43)}`;
