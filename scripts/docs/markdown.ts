/** Small pieces of Markdown that several chapters use. Holds no fact of the protocol. */
import { accessOf, type Access } from '../../src/protocol/index.js';

const cell = (text: string): string => text.replaceAll('|', '\\|').replaceAll('\n', ' ');

/** A table; cells may hold any Markdown but line breaks. */
export function table(head: readonly string[], rows: readonly (readonly string[])[]): string {
  const line = (cells: readonly string[]): string => `| ${cells.map(cell).join(' | ')} |`;
  return [line(head), `|${head.map(() => '---').join('|')}|`, ...rows.map(line)].join('\n');
}

/** A fenced block. */
export const fence = (language: string, text: string): string => `\`\`\`${language}\n${text}\n\`\`\``;

export const code = (text: string): string => `\`${text}\``;

/** `1 048 576` is easier to read than `1048576`. */
export const grouped = (value: number): string => String(value).replaceAll(/\B(?=(\d{3})+$)/g, ' ');

/** A name as GitHub makes an anchor of it. */
export const anchor = (heading: string): string =>
  `#${heading
    .toLowerCase()
    .replaceAll(/[^\p{L}\p{N} _-]/gu, '')
    .replaceAll(' ', '-')}`;

/** Who may call, as a word or two. */
export function accessText(access: Access): string {
  const { client, permission, or_own, by_nobody } = accessOf(access);
  if (client !== null) return `a client key with ${client}`;
  if (permission !== null) return `permission ${permission}${or_own === null ? '' : ', or the own account'}`;
  return by_nobody ? 'everybody' : 'signed in';
}

/** Bytes as sixteen pairs of hexadecimal digits a line, with offset and printable text. */
export function hexDump(bytes: Uint8Array): string {
  const lines: string[] = [];
  for (let at = 0; at < bytes.length; at += 16) {
    const part = [...bytes.subarray(at, at + 16)];
    const hex = part.map((byte) => byte.toString(16).padStart(2, '0')).join(' ');
    const text = part.map((byte) => (byte >= 0x20 && byte < 0x7f ? String.fromCharCode(byte) : '.')).join('');
    lines.push(`${at.toString(16).padStart(4, '0')}  ${hex.padEnd(47)}  ${text}`);
  }
  return lines.join('\n');
}

/** Hexadecimal digits in lines of 64. */
export const hexLines = (bytes: Uint8Array): string =>
  (
    Buffer.from(bytes)
      .toString('hex')
      .match(/.{1,64}/g) ?? []
  ).join('\n');
