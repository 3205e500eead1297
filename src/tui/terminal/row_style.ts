/** Which of our own SGR are in force somewhere in a row. Pure. */
const SGR = /\x1b\[([0-9;]*)m/g;
/** What an SGR closes; the attributes that our themes use. */
const CLOSES: Readonly<Record<string, readonly string[]>> = {
  '22': ['1', '2'],
  '24': ['4'],
  '27': ['7'],
  '39': ['fg'],
  '49': ['bg'],
};

/** Returns the SGR in force at the end of a piece of a row; null if it holds one that isn't known here. */
export function styleAt(piece: string): string | null {
  const open = new Map<string, string>();
  for (const [sequence, code = ''] of piece.matchAll(SGR)) {
    const closes = CLOSES[code];
    if (code === '' || code === '0') open.clear();
    else if (closes !== undefined) for (const kind of closes) open.delete(kind);
    else if (/^(?:[1247])$/.test(code)) open.set(code, sequence);
    else if (/^(?:3[0-7]|9[0-7]|38;2;\d+;\d+;\d+)$/.test(code)) open.set('fg', sequence);
    else if (/^(?:4[0-7]|10[0-7]|48;2;\d+;\d+;\d+)$/.test(code)) open.set('bg', sequence);
    else return null;
  }
  return [...open.values()].join('');
}
