/**
 * The handshake's transcript and MACs, the same for both ends. It proves that both hold one 32-byte client key, over
 * the raw bytes of the frames and the channel they came through. It is not the password sign-in. Nothing here is secret
 * by itself, and nothing here reads or writes a socket.
 *
 *   S→C challenge   C→S hello   C→S proof (client MAC)   S→C welcome (server MAC)
 *
 * lp(x)      = 4-byte big-endian length of x, then x
 * key(role)  = HKDF-SHA256(ikm = client key, salt = empty, info = "portcullis/1 <role> mac", 32 bytes) [RFC 5869]
 * client MAC = HMAC-SHA256(key("client"), lp("portcullis/1") lp(binding type) lp(binding) lp(challenge) lp(hello))
 * server MAC = HMAC-SHA256(key("server"), the same, then lp(proof))
 *
 * Offered suites are inside `challenge`, so they can't be thinned out on the way; the roles have separate keys, so a
 * MAC can't be sent back to where it came from.
 */
import { createHmac, hkdfSync, timingSafeEqual } from 'node:crypto';
import * as z from 'zod';
import { PROTOCOL } from './limits.js';

export const NONCE_BYTES = 32;
export const MAC_BYTES = 32;
/** RFC 9266's exporter label; the context is present and empty. */
export const EXPORTER_LABEL = 'EXPORTER-Channel-Binding';
export const EXPORTER_BYTES = 32;

export const SUITES = ['hmac-sha256'] as const;
export const CHANNEL_BINDINGS = ['none', 'tls-exporter'] as const;
export type ChannelBindingType = (typeof CHANNEL_BINDINGS)[number];

/** What ties a handshake to its channel: on TLS 1.3 the exported keying material, on plain loopback nothing. */
export type ChannelBinding = { readonly type: ChannelBindingType; readonly data: Buffer };

export const NO_BINDING: ChannelBinding = { type: 'none', data: Buffer.alloc(0) };

/** 32 bytes in base64url without padding: 43 characters, the last of which carries four bits. */
export const CLIENT_KEY_TEXT = /^[A-Za-z0-9_-]{42}[AEIMQUYcgkosw048]$/;
const base64url32 = z.string().regex(CLIENT_KEY_TEXT);

export const challengeSchema = z.object({
  action: z.literal('challenge').describe('names the frame'),
  time: z.number().describe('Unix seconds'),
  protocol: z.literal(PROTOCOL).describe('name and version of the protocol'),
  server_name: z.string().max(64).describe('what whoever runs the server calls it; for people'),
  challenge_id: z
    .string()
    .max(64)
    .describe('names this challenge in logs; part of the transcript like all the rest'),
  nonce: base64url32.describe('32 random bytes of the server, base64url'),
  suites: z.array(z.string()).describe('MAC suites on offer, best first'),
  channel_binding: z
    .enum(CHANNEL_BINDINGS)
    .describe('the channel binding that both sides put into the transcript'),
  deadline_ms: z.int().describe('how long the server waits for the proof'),
});

export const helloSchema = z.strictObject({
  action: z.literal('hello').describe('names the frame'),
  time: z.number().optional().describe('Unix seconds'),
  key_id: z
    .string()
    .regex(/^[A-Za-z0-9_-]{1,64}$/)
    .describe('names the client key'),
  nonce: base64url32.describe('32 random bytes of the client, base64url'),
  suite: z.enum(SUITES).describe('the suite chosen from the offer'),
  channel_binding: z.enum(CHANNEL_BINDINGS).describe('the binding that the client sees on its own channel'),
});

export const proofSchema = z.strictObject({
  action: z.literal('proof').describe('names the frame'),
  time: z.number().optional().describe('Unix seconds'),
  mac: base64url32.describe('client MAC, base64url'),
});

export const welcomeSchema = z.object({
  response: z.literal(200).describe('the handshake has succeeded'),
  time: z.number().describe('Unix seconds'),
  alert: z.string().describe('a sentence for people'),
  mac: base64url32.describe('server MAC, base64url; check it before sending anything else'),
});

export type Challenge = z.infer<typeof challengeSchema>;
export type Hello = z.infer<typeof helloSchema>;

/** The frames of one handshake as they went over the wire: bodies, without the length header. */
export type TranscriptFrames = { readonly challenge: Uint8Array; readonly hello: Uint8Array };

function lengthPrefixed(parts: readonly Uint8Array[]): Buffer {
  return Buffer.concat(
    parts.flatMap((part) => {
      const length = Buffer.alloc(4);
      length.writeUInt32BE(part.length);
      return [length, part];
    }),
  );
}

/** Returns the bytes that the client MAC covers. */
export function clientTranscript(binding: ChannelBinding, frames: TranscriptFrames): Buffer {
  return lengthPrefixed([
    Buffer.from(PROTOCOL),
    Buffer.from(binding.type),
    binding.data,
    frames.challenge,
    frames.hello,
  ]);
}

/** Returns the bytes that the server MAC covers: all that the client MAC covers, then the proof. */
export function serverTranscript(
  binding: ChannelBinding,
  frames: TranscriptFrames,
  proof: Uint8Array,
): Buffer {
  return Buffer.concat([clientTranscript(binding, frames), lengthPrefixed([proof])]);
}

/** Returns a role's MAC key, 32 bytes. The roles differ so that no MAC can be reflected. */
export function macKey(clientKey: Uint8Array, role: 'client' | 'server'): Buffer {
  return Buffer.from(hkdfSync('sha256', clientKey, Buffer.alloc(0), `${PROTOCOL} ${role} mac`, MAC_BYTES));
}

export function clientMac(clientKey: Uint8Array, binding: ChannelBinding, frames: TranscriptFrames): Buffer {
  return createHmac('sha256', macKey(clientKey, 'client')).update(clientTranscript(binding, frames)).digest();
}

export function serverMac(
  clientKey: Uint8Array,
  binding: ChannelBinding,
  frames: TranscriptFrames,
  proof: Uint8Array,
): Buffer {
  return createHmac('sha256', macKey(clientKey, 'server'))
    .update(serverTranscript(binding, frames, proof))
    .digest();
}

/** Returns true when a MAC as it came over the wire (base64url) is the expected one; takes the same time either way. */
export function macEquals(received: string, expected: Buffer): boolean {
  const bytes = Buffer.from(received, 'base64url');
  return bytes.length === expected.length && timingSafeEqual(bytes, expected);
}
