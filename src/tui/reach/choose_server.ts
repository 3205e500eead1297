/** From what was asked for to one address with its key, or the reason why there is none. */
import {
  AddressError,
  readConnectionFile,
  readLocalConnectionString,
  readLocalKey,
  type InsecurePlain,
  type ServerAddress,
} from '../../client/index.js';
import { identityChanged, type Keep, KeepError, type KeepFault } from '../keep/index.js';
import { addressFault, type Attempt, keepFault, problem, type Problem } from '../i18n/index.js';
import { addressLabel, parseTarget, readLocalTarget, resolveAddress } from './address.js';

/** Which server was asked for. */
export type ServerChoice = {
  /** The name of a known server. */
  readonly server: string | null;
  /** `host`, `host:port` or a portcullis:// line; null when nobody named one. */
  readonly typed: string | null;
  /** A file with a portcullis:// line in it. */
  readonly connection_file?: string | undefined;
  readonly data_folder: string;
  /** Where known servers and sessions are kept; null keeps nothing. */
  readonly keep_folder: string | null;
  /** Said by whoever wants plain TCP to other machines as well. */
  readonly insecure_plain?: InsecurePlain | undefined;
};

/** As whom: a kept account by its name, or nobody yet, whoever is kept; else the one used last. */
export type StartAs = { readonly as: string | null; readonly anew: boolean };

export type ChosenServer = {
  readonly address: ServerAddress;
  /** True when the key came from a data folder: the server is on this machine. */
  readonly on_this_machine: boolean;
};

const LOCAL = '127.0.0.1';

/** What is kept says that this is not the server which was meant, or it can't be used at all. */
export const codeOfKeepFault = (fault: KeepFault): 'pin_changed' | 'keep_unusable' =>
  fault === 'pin_changed' || fault === 'tls_lost' ? 'pin_changed' : 'keep_unusable';

/** Known servers and sessions can't be used; the fault says why. */
export const keepProblem = (error: KeepError): Problem =>
  problem(codeOfKeepFault(error.fault), { fault: keepFault(error) });

/**
 * The server that was asked for: a known one by its name, else what was typed, else the one whose data folder is here,
 * else the known one that was used last. Throws KeepError for a known server whose pin has changed, or which would lose its
 * TLS, and for what is kept but can't be used, AddressError for an address that is none.
 */
export function findServer(choice: ServerChoice, keep: Keep | null): Attempt<ChosenServer> {
  const chosen = choose(choice, keep);
  if (!chosen.ok) return chosen;
  const { address } = chosen.value;
  const conflict = keep?.pinConflict(address) ?? null;
  if (conflict !== null) throw identityChanged(conflict.name, address);
  return chosen;
}

/** As `findServer`, with whatever is wrong as a problem. */
export function chooseServer(choice: ServerChoice, keep: Keep | null): Attempt<ChosenServer> {
  try {
    return findServer(choice, keep);
  } catch (error) {
    if (error instanceof KeepError) return { ok: false, problem: keepProblem(error) };
    if (!(error instanceof AddressError)) throw error;
    return { ok: false, problem: problem('bad_address', { fault: addressFault(error) }) };
  }
}

function choose(choice: ServerChoice, keep: Keep | null): Attempt<ChosenServer> {
  const { server, typed, data_folder, connection_file } = choice;
  if (server !== null) {
    const known = keep?.knownServer(server) ?? null;
    return known === null
      ? { ok: false, problem: problem('unknown_server') }
      : { ok: true, value: { address: known.address, on_this_machine: false } };
  }
  if (connection_file !== undefined) {
    return { ok: true, value: { address: readConnectionFile(connection_file), on_this_machine: false } };
  }
  if (typed !== null) return chooseTyped(typed, data_folder, keep);
  const local = readLocalConnectionString(data_folder);
  if (local !== null) return { ok: true, value: { address: local, on_this_machine: true } };
  const last = readLocalKey(data_folder) === null ? keep?.knownServers()[0] : undefined;
  if (last !== undefined) return { ok: true, value: { address: last.address, on_this_machine: false } };
  const target = readLocalTarget(data_folder);
  return chooseTyped(target === null ? LOCAL : addressLabel(target), data_folder, keep);
}

function chooseTyped(typed: string, data_folder: string, keep: Keep | null): Attempt<ChosenServer> {
  if (typed.trim().startsWith('portcullis://')) {
    const outcome = resolveAddress(typed, data_folder);
    return outcome.ok ? { ok: true, value: { address: outcome.value, on_this_machine: false } } : outcome;
  }
  const target = parseTarget(typed);
  const same = (address: ServerAddress): boolean =>
    target !== null && addressLabel(address) === addressLabel(target);
  // What is written there was meant for the very server: its pin counts, and its key is the newest.
  const local = readLocalConnectionString(data_folder);
  if (local !== null && same(local)) return { ok: true, value: { address: local, on_this_machine: true } };
  const known = keep?.knownServers().find(({ name, address }) => name === typed.trim() || same(address));
  if (known !== undefined && (known.name === typed.trim() || readLocalKey(data_folder) === null)) {
    return { ok: true, value: { address: known.address, on_this_machine: false } };
  }
  const outcome = resolveAddress(typed, data_folder);
  return outcome.ok ? { ok: true, value: { address: outcome.value, on_this_machine: true } } : outcome;
}
