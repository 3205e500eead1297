/** Our own signs, and the letters that stand for them where the terminal has no UTF-8. One cell each, both ways. */
const ASCII_OF: Readonly<Record<string, string>> = {
  '▸': '>',
  '●': '*',
  '○': 'o',
  '◐': 'o',
  '✓': '+',
  '✗': 'x',
  '…': '~',
  '•': '*',
  '·': '.',
  '╭': '+',
  '╮': '+',
  '╰': '+',
  '╯': '+',
  '─': '-',
  '│': '|',
  '█': '#',
  '░': ':',
  '↑': '^',
  '↓': 'v',
  '←': '<',
  '→': '>',
  '›': '>',
  '—': '-',
  '–': '-',
  '×': 'x',
  '’': "'",
  '“': '"',
  '”': '"',
  '«': '"',
  '»': '"',
  '▐': '[',
  '▌': ']',
};
const KNOWN = new RegExp(`[${Object.keys(ASCII_OF).join('')}]`, 'gu');

/** What stands for a control character in foreign text. */
const CONTROL_PICTURE = /[\u2400-\u2421]/g;

/** Returns the row with our signs in ASCII. Foreign text keeps what it has. */
export const asciiRow = (row: string): string =>
  row.replace(KNOWN, (sign) => ASCII_OF[sign] ?? '?').replace(CONTROL_PICTURE, '?');

/** Returns sentences and tables with our signs in ASCII. A cut cell keeps its width, an ellipsis of its own is written out. */
export const asciiText = (text: string): string => asciiRow(text.replaceAll(' …', ' ...'));
