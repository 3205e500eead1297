import { describe, expect, it } from 'vitest';
import {
  asTwoKeys,
  commandName,
  KeyParser,
  latinByPosition,
  LOST_END_MS,
  PASTE_BYTES_MAX,
  type KeyEvent,
} from '../../../src/tui/input/index.js';

/** One event in short: modifiers as C- A- S-, then the name; `S-` is left out for upper-case characters. */
function short(event: KeyEvent): string {
  switch (event.type) {
    case 'key': {
      const shift =
        event.shift && (event.text === undefined || event.name === 'space') && !/^\p{Lu}$/u.test(event.name);
      return `${event.ctrl ? 'C-' : ''}${event.alt ? 'A-' : ''}${shift ? 'S-' : ''}${event.name}`;
    }
    case 'paste':
      return `paste(${event.text})`;
    case 'mouse':
      return `${event.action}(${event.button} ${event.column},${event.row})`;
    case 'focus':
      return event.focused ? 'focus-in' : 'focus-out';
    case 'reply':
      return `${event.kind}(${event.body})`;
  }
}

function keys(bytes: string | Buffer): string {
  const parser = new KeyParser();
  return [...parser.feed(bytes), ...parser.flush()].map(short).join(' ');
}

const table: [bytes: string, keys: string][] = [
  // What Ink loses or merges.
  ['jjj', 'j j j'],
  ['abc\r', 'a b c enter'],
  ['\x7f\x7f\x7f', 'backspace backspace backspace'],
  ['\x7f', 'backspace'],
  ['\x1bOP', 'f1'],
  ['\x1b[1;5P', 'C-f1'],
  ['\x1b[11;5~', 'C-f1'],
  ['\x1b[29;5~', 'C-f16'],
  ['\x1b[200~a\r\nb\x1b[201~', 'paste(a\nb)'],
  ['\x1b[<0;3;4M\x1b[<0;3;4m', 'press(0 2,3) release(0 2,3)'],
  ['\x1b[I\x1b[O', 'focus-in focus-out'],
  ['\x1b]11;rgb:1e1e/1e1e/1e1e\x07', 'osc(11;rgb:1e1e/1e1e/1e1e)'],
  ['\x1b]11;rgb:1e1e/1e1e/1e1e\x1b\\', 'osc(11;rgb:1e1e/1e1e/1e1e)'],
  ['\x1b', 'escape'],
  ['о', 'о'],
  // Controls.
  ['\r', 'enter'],
  ['\n', 'enter'],
  ['\t', 'tab'],
  ['\b', 'backspace'],
  ['\0', 'C-space'],
  ['\x01\x03\x1a', 'C-a C-c C-z'],
  ['\x1c\x1d\x1e\x1f', 'C-\\ C-] C-^ C-_'],
  [' A?', 'space A ?'],
  ['日👍', '日 👍'],
  // Alt.
  ['\x1ba\x1bЖ\x1bX', 'A-a A-Ж A-X'],
  ['\x1b\r\x1b\x7f\x1b\t', 'A-enter A-backspace A-tab'],
  ['\x1b\x01', 'C-A-a'],
  ['\x1b[', 'A-['],
  ['\x1bO', 'A-O'],
  ['\x1b]', 'A-]'],
  ['\x1b\x1b', 'escape escape'],
  ['\x1b\x1b[A', 'A-up'],
  ['\x1b\x1ba', 'escape A-a'],
  ['\x1b\x1b[I', 'escape focus-in'],
  // Arrows and their neighbours.
  ['\x1b[A\x1b[B\x1b[C\x1b[D', 'up down right left'],
  ['\x1bOA\x1bOB\x1bOC\x1bOD', 'up down right left'],
  ['\x1b[1;2A\x1b[1;3B\x1b[1;5C\x1b[1;8D', 'S-up A-down C-right C-A-S-left'],
  ['\x1b[a\x1bOc', 'S-up C-right'],
  ['\x1b[H\x1bOH\x1b[1~\x1b[7~', 'home home home home'],
  ['\x1b[F\x1bOF\x1b[4~\x1b[8~', 'end end end end'],
  ['\x1b[2~\x1b[3~\x1b[5~\x1b[6~', 'insert delete pageup pagedown'],
  ['\x1b[1;5H\x1b[3;5~\x1b[5;2~', 'C-home C-delete S-pageup'],
  ['\x1b[3$\x1b[7^\x1b[8@', 'S-delete C-home C-S-end'],
  ['\x1b[Z', 'S-tab'],
  ['\x1b[E', 'clear'],
  // Function keys.
  ['\x1bOP\x1bOQ\x1bOR\x1bOS', 'f1 f2 f3 f4'],
  ['\x1b[[A\x1b[[B\x1b[[C\x1b[[D\x1b[[E', 'f1 f2 f3 f4 f5'],
  ['\x1b[11~\x1b[12~\x1b[13~\x1b[14~\x1b[15~', 'f1 f2 f3 f4 f5'],
  ['\x1b[17~\x1b[18~\x1b[19~\x1b[20~\x1b[21~\x1b[23~\x1b[24~', 'f6 f7 f8 f9 f10 f11 f12'],
  ['\x1b[1;2P\x1b[1;3Q\x1b[1;5R\x1b[1;6S', 'S-f1 A-f2 C-f3 C-S-f4'],
  ['\x1b[15;5~\x1b[24;2~', 'C-f5 S-f12'],
  ['\x1bO5P', 'C-f1'],
  ['\x1bOM\x1bOp\x1bOk', 'enter 0 +'],
  // CSI u and modifyOtherKeys.
  ['\x1b[97u\x1b[97;5u\x1b[97;6u', 'a C-a C-S-a'],
  ['\x1b[97:65;2u\x1b[97;2u\x1b[97;65u', 'A A A'],
  ['\x1b[13;2u\x1b[13;3u\x1b[9;2u\x1b[27u\x1b[127;5u', 'S-enter A-enter S-tab escape C-backspace'],
  ['\x1b[47:63;2u', '?'],
  ['\x1b[1086::106u\x1b[1089::99;5u\x1b[1089;5u', 'о C-c C-c'],
  ['\x1b[97;1:3u\x1b[1;1:3A\x1b[1;5:2A', 'C-up'],
  ['\x1b[97;9u\x1b[57441;2u', ''],
  ['\x1b[57399u\x1b[57414u\x1b[57376u\x1b[57417u', '0 enter f13 left'],
  ['\x1b[0;;1078u\x1b[97;;97u', 'a'],
  ['\x1b[27;5;13~\x1b[27;2;63~\x1b[27;6;65~', 'C-enter ? C-S-a'],
  // Mouse and replies.
  [
    '\x1b[<64;1;1M\x1b[<65;1;1M\x1b[<35;2;2M\x1b[<20;1;1M',
    'wheel_up(3 0,0) wheel_down(3 0,0) move(3 1,1) press(0 0,0)',
  ],
  ['\x1b[M !!', 'press(0 0,0)'],
  ['\x1b[32;5;6M', 'press(0 4,5)'],
  ['\x1b[12;40R\x1b[?1;5R', 'csi(12;40R) csi(?1;5R)'],
  [
    '\x1b[?62;22c\x1b[>41;354;0c\x1b[?2026;2$y\x1b[?5u\x1b[0n',
    'csi(?62;22c) csi(>41;354;0c) csi(?2026;2$y) csi(?5u) csi(0n)',
  ],
  ['\x1bP>|kitty(0.3)\x1b\\\x1b_Gi=1;OK\x1b\\', 'dcs(>|kitty(0.3)) apc(Gi=1;OK)'],
  // Unknown or broken: swallowed whole, and nothing after it is lost.
  ['\x1b[99;99;99xq\x1b[999~q', 'q q'],
  ['\x1b[ ! pq', 'q'],
  ['\x1b[201~q', 'q'],
  ['\x1bOq\x1bO!q', '1 q'],
  ['\x1b[1;5\rq', 'enter q'],
  ['\x1b[1;5\x1b[A', 'up'],
  ['\x1b]11;rgb\x03', 'C-c'],
  ['\x1b]11;rgb\x1b[A', 'up'],
  [`\x1b[${'1;'.repeat(4000)}Aq`, 'q'],
  [`\x1b]${'x'.repeat(9000)}\x07q`, 'q'],
  ['\x1b[<0;0;0Mq', 'q'],
];

describe('KeyParser', () => {
  it.each(table)('%j', (bytes, wanted) => {
    expect(keys(bytes)).toBe(wanted);
  });

  it('reports a key in full', () => {
    const parser = new KeyParser();
    expect(parser.feed('Ж ')).toEqual([
      { type: 'key', name: 'Ж', ctrl: false, alt: false, shift: true, text: 'Ж' },
      { type: 'key', name: 'space', ctrl: false, alt: false, shift: false, text: ' ' },
    ]);
    expect(parser.feed('\x1b[1086::106u')).toEqual([
      { type: 'key', name: 'о', ctrl: false, alt: false, shift: false, text: 'о', base: 'j' },
    ]);
  });

  it('waits for the rest of a sequence on a slow link, and says so', () => {
    const parser = new KeyParser();
    expect(parser.feed('\x1b')).toEqual([]);
    expect(parser.silence()).toBe(50);
    expect(parser.feed('[A').map(short)).toEqual(['up']);
    expect(parser.silence()).toBeNull();
    expect(parser.flush()).toEqual([]);
  });

  it('waits long within a sequence that cannot be typed', () => {
    const parser = new KeyParser();
    expect(parser.feed('\x1b[1;')).toEqual([]);
    expect(parser.silence()).toBe(LOST_END_MS);
    expect(parser.feed('5A').map(short)).toEqual(['C-up']);
  });

  it.each([
    ['a CSI', '\x1b[1;'],
    ['an SS3', '\x1bO5'],
    ['a console key', '\x1b[['],
    ['a mouse report', '\x1b[M !'],
    ['a reply', '\x1b]11;rgb:1e'],
    ['a device reply', '\x1bP>|kit'],
    ['half a letter', '\xd0'],
  ])('what follows %s without its end is heard after a silence', (_, begun) => {
    const parser = new KeyParser();
    expect(parser.feed(Buffer.from(begun, 'latin1'))).toEqual([]);
    expect(parser.silence()).toBe(LOST_END_MS);
    expect(parser.flush()).toEqual([]);
    expect(parser.silence()).toBeNull();
    expect(parser.feed('quit now').map(short).join('')).toBe('quitspacenow');
  });

  it('a paste without its end is over after a silence, and half of the end is no text', () => {
    for (const half of ['', '\x1b', '\x1b[', '\x1b[20', '\x1b[201']) {
      const parser = new KeyParser();
      expect(parser.feed(`\x1b[200~one\rtwo${half}`)).toEqual([]);
      expect(parser.silence()).toBe(LOST_END_MS);
      expect(parser.flush()).toEqual([{ type: 'paste', text: 'one\ntwo', truncated: true }]);
      expect(parser.feed('q').map(short)).toEqual(['q']);
    }
  });

  it('Ctrl+C with silence after it ends a paste; one in the middle of its text does not', () => {
    const parser = new KeyParser();
    expect(parser.feed('\x1b[200~text\x03')).toEqual([]);
    expect(parser.silence()).toBeLessThan(LOST_END_MS);
    expect(parser.flush().map(short)).toEqual(['paste(text)', 'C-c']);
    expect(parser.feed('\x1b[200~text\x03')).toEqual([]);
    expect(parser.feed('xsy\x1b[201~').map(short)).toEqual(['paste(textxsy)']);
    // With nothing pasted yet there is nothing to hand over.
    expect([...parser.feed('\x1b[200~\x03'), ...parser.flush()].map(short)).toEqual(['C-c']);
  });

  it('says of Alt whether it may have been Esc before the key', () => {
    const escaped = (bytes: string): readonly (boolean | undefined)[] =>
      [...new KeyParser().feed(bytes)].map((event) => event.type === 'key' && event.escaped === true);
    expect(escaped('\x1bx\x1b\r\x1b\x1b[A')).toEqual([true, true, true]);
    expect(escaped('\x1b[1;3A\x1b[97;3ux')).toEqual([false, false, false]);
    const [key] = new KeyParser().feed('\x1bЖ');
    expect(key?.type === 'key' && asTwoKeys(key).map(short)).toEqual(['escape', 'Ж']);
    const [space] = new KeyParser().feed('\x1b ');
    expect(space?.type === 'key' && asTwoKeys(space)[1]).toEqual(new KeyParser().feed(' ')[0]);
    const [control] = new KeyParser().feed('\x1b\x01');
    expect(control?.type === 'key' && asTwoKeys(control)[1]).toEqual(new KeyParser().feed('\x01')[0]);
    const [enter] = new KeyParser().feed('\x1b\r');
    expect(enter?.type === 'key' && asTwoKeys(enter)[1]).toEqual(new KeyParser().feed('\r')[0]);
  });

  it('joins UTF-8 over chunks and shows broken bytes', () => {
    const parser = new KeyParser();
    const bytes = Buffer.from('日');
    expect(parser.feed(bytes.subarray(0, 1))).toEqual([]);
    expect(parser.feed(bytes.subarray(1)).map(short)).toEqual(['日']);
    expect(keys(Buffer.from([0xff, 0x61, 0xe6, 0x62, 0xed, 0xa0, 0x80]))).toBe(
      '\ufffd a \ufffd b \ufffd \ufffd \ufffd',
    );
    expect([...parser.feed('\ud83d'), ...parser.feed('\udc4d')].map(short)).toEqual(['👍']);
  });

  it('keeps a paste whole over chunks, without its controls, up to its bound', () => {
    const parser = new KeyParser();
    const events = [
      ...parser.feed('\x1b[200~one\rtw'),
      ...parser.feed('o\x1b[31m\x1b[20'),
      ...parser.feed('1~q'),
    ];
    expect(events.map(short)).toEqual(['paste(one\ntwo[31m)', 'q']);
    for (const size of [PASTE_BYTES_MAX, PASTE_BYTES_MAX + 1, PASTE_BYTES_MAX * 5 + 3]) {
      const [paste, after] = parser.feed(`\x1b[200~${'p'.repeat(size)}\x1b[201~q`);
      expect(paste).toEqual({
        type: 'paste',
        text: 'p'.repeat(PASTE_BYTES_MAX),
        truncated: size > PASTE_BYTES_MAX,
      });
      expect(after && short(after)).toBe('q');
    }
    const [cut] = parser.feed(`\x1b[200~x${'ж'.repeat(PASTE_BYTES_MAX)}\x1b[201~`);
    expect(cut?.type === 'paste' && cut.text.endsWith('ж')).toBe(true);
  });

  it('forgets half-read input on reset', () => {
    const parser = new KeyParser();
    parser.feed('\x1b[200~half');
    parser.reset();
    expect(parser.feed('q').map(short)).toEqual(['q']);
  });
});

describe('commands by key position', () => {
  it('maps letters in both cases and leaves the rest alone', () => {
    expect(Array.from('йцукенгшщзфывапролдячсмить').map(latinByPosition).join('')).toBe(
      'qwertyuiopasdfghjklzxcvbnm',
    );
    expect(latinByPosition('О')).toBe('J');
    for (const char of ['х', 'ъ', 'ж', 'э', 'б', 'ю', 'ё', '.', ',', '1', 'z', 'enter'])
      expect(latinByPosition(char)).toBe(char);
  });

  it('takes ASCII as typed, else the reported position, else the Russian layout', () => {
    const name = (bytes: string): string => {
      const event = new KeyParser().feed(bytes)[0];
      return event?.type === 'key' ? commandName(event) : '';
    };
    expect(name('о')).toBe('j');
    expect(name('П')).toBe('G');
    expect(name('?')).toBe('?');
    expect(name('\x1b[63::55;2u')).toBe('?');
    expect(name('\x1b[1086::106u')).toBe('j');
    expect(name('\x1b[1086:1054:106;2u')).toBe('J');
    expect(name('\x1b[1102::46u')).toBe('.');
    expect(name('\x1b[A')).toBe('up');
  });
});
