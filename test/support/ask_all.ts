/** Many requests on one connection at once; RawPeer's own `ask` waits for one after the other. */
import type { JsonObject } from '../../src/protocol/index.js';
import type { RawPeer } from './raw_peer.js';

/** Sends all at once and gives the replies in the order of the requests. Events in between are dropped. */
export async function askAll(
  peer: RawPeer,
  requests: readonly { readonly action: string; readonly params: object }[],
): Promise<JsonObject[]> {
  for (const [n, { action, params }] of requests.entries())
    peer.send({ action, id: `all ${n}`, time: 0, ...params });
  const replies = new Map<string, JsonObject>();
  while (replies.size < requests.length) {
    const message = await peer.take();
    if (message === null) throw new Error(`closed with ${requests.length - replies.size} replies to come`);
    if (typeof message['id'] === 'string') replies.set(message['id'], message);
  }
  return requests.map((_request, n) => replies.get(`all ${n}`) ?? {});
}
