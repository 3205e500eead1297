/** Which authorities a certificate is held against where no pin is known. Knows no socket. */
import * as node_tls from 'node:tls';

/** The part of `node:tls` that is asked. Older versions of Node have nothing to ask. */
type Source = { readonly getCACertificates?: (type: 'system' | 'extra') => readonly string[] };

/**
 * `system`: those of the operating system, and NODE_EXTRA_CA_CERTS · `openssl`: those of its OpenSSL, because Node was told so ·
 * `node`: the list that is part of Node, and NODE_EXTRA_CA_CERTS · `node_alone`: the same, because the system has none ·
 * `bundled`: the same, because Node was told so.
 */
export type Authorities = {
  readonly from: 'system' | 'openssl' | 'node' | 'node_alone' | 'bundled';
  /** Certificates in PEM; null for those that Node takes by itself. */
  readonly certificates: readonly string[] | null;
};

/** Returns what this Node was told when it was started. */
function toldToNode(): readonly string[] {
  // Node's own variable, no setting of ours: what this very Node does is asked.
  // eslint-disable-next-line no-restricted-properties
  return [...process.execArgv, process.env['NODE_OPTIONS'] ?? ''];
}

/** Returns which list Node was told to go by; null for none of the two. Together Node refuses them. */
function toldList(words: readonly string[]): 'openssl' | 'bundled' | null {
  const flags = words.flatMap((word) => word.split(/\s+/));
  if (flags.includes('--use-openssl-ca')) return 'openssl';
  return flags.includes('--use-bundled-ca') ? 'bundled' : null;
}

/** Returns the authorities of the system where this Node can read them, else those that Node has. */
export function trustedAuthorities(
  source: Source = node_tls as Source,
  told: readonly string[] = toldToNode(),
): Authorities {
  const list = toldList(told);
  if (list !== null) return { from: list, certificates: null };
  if (source.getCACertificates === undefined) return { from: 'node', certificates: null };
  const system = read(source, 'system');
  // A container without any is no reason to trust nobody.
  if (system.length === 0) return { from: 'node_alone', certificates: null };
  // A folder of them has each under several names, and reading them all takes four times as long.
  return { from: 'system', certificates: [...new Set([...system, ...read(source, 'extra')])] };
}

function read({ getCACertificates }: Source, type: 'system' | 'extra'): readonly string[] {
  try {
    return getCACertificates?.(type) ?? [];
  } catch {
    // It throws for a kind that it doesn't know, and where the system's store can't be opened.
    return [];
  }
}
