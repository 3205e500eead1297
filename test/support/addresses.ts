/** Addresses of one customer, in every spelling that a socket, a proxy or a person might give. */

const PREFIXES = [
  '2001:db8:85a3:ff',
  '2001:0db8:85a3:00ff',
  '2001:DB8:85A3:FF',
  '2001:0DB8:85a3:0fF',
] as const;

/** Ends of addresses within a /64: short, full, with dots, with a zone. */
const ends = (n: number): string[] => {
  const hex = n.toString(16);
  return [
    `::${hex}`,
    `:0:0:0:${hex}`,
    `:0000:0000:0000:${hex.padStart(4, '0')}`,
    `:${hex}::`,
    `:${hex}:0:${hex}:1`,
    `::10.0.0.${n}`,
    `::${hex}%eth0`,
  ];
};

/** More than 200 different texts, all within 2001:db8:85a3:ff::/64. */
export const IPV6_SPELLINGS: readonly string[] = PREFIXES.flatMap((prefix) =>
  Array.from({ length: 8 }, (_, n) => ends(n + 1)).flatMap((all) => all.map((end) => `${prefix}${end}`)),
);

/** Returns the loopback address from which peer `n` of up to 65,536 comes; `addressOf` names it 198.18.x.y. */
export function farAway(n: number): string {
  return `127.1.${n >> 8}.${n & 255}`;
}

/** The same for peers that each have a /64 of one IPv6 /48, 2001:db8:1::/48. */
export function fromOneSite(n: number): string {
  return `127.2.${n >> 8}.${n & 255}`;
}

/**
 * Names the addresses of a test server's peers, which have only those of loopback: those of `farAway` and `fromOneSite` as
 * said there, all others as they are.
 */
export function addressOf(socket: { readonly remoteAddress?: string | undefined }): string | undefined {
  return socket.remoteAddress
    ?.replace(/^(?:::ffff:)?127\.1\.(\d+)\.(\d+)$/, '198.18.$1.$2')
    .replace(
      /^(?:::ffff:)?127\.2\.(\d+)\.(\d+)$/,
      (_all, high: string, low: string) =>
        `2001:db8:1:${((Number(high) << 8) | Number(low)).toString(16)}::1`,
    );
}
