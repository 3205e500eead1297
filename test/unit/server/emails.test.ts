/** T-13: the corpus of e-mail addresses. */
import { describe, expect, it } from 'vitest';
import { canonicalEmail, newEmail, withNewEmail } from '../../../src/server/domain/index.js';

const GOOD: readonly (readonly [typed: string, stored: string, unique: string])[] = [
  ['anna@example.org', 'anna@example.org', 'anna@example.org'],
  [' anna@example.org ', 'anna@example.org', 'anna@example.org'],
  ['Anna.Smith@Example.ORG', 'Anna.Smith@example.org', 'anna.smith@example.org'],
  ['anna+news@example.org', 'anna+news@example.org', 'anna+news@example.org'],
  ["o'neil@example.org", "o'neil@example.org", "o'neil@example.org"],
  ['a@example.org', 'a@example.org', 'a@example.org'],
  ['1234567890@example.org', '1234567890@example.org', '1234567890@example.org'],
  ['_@example.org', '_@example.org', '_@example.org'],
  ['-a-@example.org', '-a-@example.org', '-a-@example.org'],
  ['!#$%&*/=?^_`{|}~@example.org', '!#$%&*/=?^_`{|}~@example.org', '!#$%&*/=?^_`{|}~@example.org'],
  ['a.b.c@d.e.example.org', 'a.b.c@d.e.example.org', 'a.b.c@d.e.example.org'],
  ['anna@ex-ample.org', 'anna@ex-ample.org', 'anna@ex-ample.org'],
  ['anna@123.org', 'anna@123.org', 'anna@123.org'],
  ['anna@1.2.3.example', 'anna@1.2.3.example', 'anna@1.2.3.example'],
  ['anna@example.museum', 'anna@example.museum', 'anna@example.museum'],
  ['анна@пример.рф', 'анна@пример.рф', 'анна@xn--e1afmkfd.xn--p1ai'],
  ['Анна@ПРИМЕР.РФ', 'Анна@пример.рф', 'анна@xn--e1afmkfd.xn--p1ai'],
  ['i@xn--e1afmkfd.xn--p1ai', 'i@пример.рф', 'i@xn--e1afmkfd.xn--p1ai'],
  ['i@XN--E1AFMKFD.XN--P1AI', 'i@пример.рф', 'i@xn--e1afmkfd.xn--p1ai'],
  ['zo\u00eb@example.org', 'zo\u00eb@example.org', 'zo\u00eb@example.org'],
  ['zoe\u0308@example.org', 'zo\u00eb@example.org', 'zo\u00eb@example.org'],
  ['anna@b\u00fccher.example', 'anna@b\u00fccher.example', 'anna@xn--bcher-kva.example'],
  ['anna@bu\u0308cher.example', 'anna@b\u00fccher.example', 'anna@xn--bcher-kva.example'],
  ['anna@fa\u00df.example', 'anna@fa\u00df.example', 'anna@xn--fa-hia.example'],
  ['i@xn--80ak6aa92e.com', 'i@аррӏе.com', 'i@xn--80ak6aa92e.com'],
  ['i@stra\u00dfe.de', 'i@stra\u00dfe.de', 'i@xn--strae-oqa.de'],
  // A capital sigma is the same one wherever it stands; the other is another domain.
  [
    'i@\u039a\u039f\u03a3\u039c\u039f\u03a3.gr',
    'i@\u03ba\u03bf\u03c3\u03bc\u03bf\u03c3.gr',
    'i@xn--vxaeibsc.gr',
  ],
  [
    '\u039d\u0399\u039a\u039f\u03a3.\u0391@x.org',
    '\u039d\u0399\u039a\u039f\u03a3.\u0391@x.org',
    '\u03bd\u03b9\u03ba\u03bf\u03c3.\u03b1@x.org',
  ],
  [
    '\u03bd\u03b9\u03ba\u03bf\u03c2.\u03b1@x.org',
    '\u03bd\u03b9\u03ba\u03bf\u03c2.\u03b1@x.org',
    '\u03bd\u03b9\u03ba\u03bf\u03c3.\u03b1@x.org',
  ],
  ['i@xn--fa-hia.de', 'i@faß.de', 'i@xn--fa-hia.de'],
  ['i@\u05d0\u05d1-1.org', 'i@\u05d0\u05d1-1.org', 'i@xn---1-ulde.org'],
  ['i@\u0627\u0628\u0661.org', 'i@\u0627\u0628\u0661.org', 'i@xn--mgbc5o.org'],
  ['i@ex--ample.org', 'i@ex--ample.org', 'i@ex--ample.org'],
  ['用户@例子.公司', '用户@例子.公司', '用户@xn--fsqu00a.xn--55qx5d'],
  [`${'l'.repeat(64)}@example.org`, `${'l'.repeat(64)}@example.org`, `${'l'.repeat(64)}@example.org`],
  [`a@${'d'.repeat(63)}.org`, `a@${'d'.repeat(63)}.org`, `a@${'d'.repeat(63)}.org`],
  [`a@${'d.'.repeat(124)}org`, `a@${'d.'.repeat(124)}org`, `a@${'d.'.repeat(124)}org`],
];

const BAD: readonly (readonly [typed: string, reason: string])[] = [
  ['', 'malformed'],
  ['anna', 'malformed'],
  ['anna.example.org', 'malformed'],
  ['@', 'malformed'],
  ['@example.org', 'malformed'],
  ['anna@', 'malformed'],
  ['anna@@example.org', 'malformed'],
  ['anna@home@example.org', 'malformed'],
  ['"anna@home"@example.org', 'malformed'],
  ['anna\uff20example.org', 'malformed'],
  ['anna\ufe6bhome@example.org', 'character'],
  ['anna @example.org', 'character'],
  ['anna@ example.org', 'character'],
  ['anna smith@example.org', 'character'],
  ['anna\u00a0smith@example.org', 'character'],
  ['anna\t@example.org', 'character'],
  ['anna@example.org\r\nBcc: all@example.org', 'malformed'],
  ['anna@example.org\nBcc: all', 'character'],
  ['anna\u0000@example.org', 'character'],
  ['anna\u007f@example.org', 'character'],
  ['anna\u0085@example.org', 'character'],
  ['anna\u200b@example.org', 'character'],
  ['anna\u200d@example.org', 'character'],
  ['anna\u202egro@example.org', 'character'],
  // Invisible, and marks or letters to Unicode.
  ['an\u115fna@example.org', 'character'],
  ['an\u3164na@example.org', 'character'],
  ['anna\u034f@example.org', 'character'],
  ['anna\ufe0f@example.org', 'character'],
  ['anna\u{e0101}@example.org', 'character'],
  ['an\u180bna@example.org', 'character'],
  ['anna@exa\u034fmple.org', 'character'],
  ['anna@exa\ufe0fmple.org', 'character'],
  ['anna@\u0646\u0627\u0645\u0647\u200c\u0627\u06cc.com', 'character'],
  ['anna@xn--mgba3gch31f060k.com', 'domain'],
  // Some programs make it ss, others \u00df: two domains.
  ['i@STRA\u1e9eE.de', 'domain'],
  ['anna\uffff@example.org', 'character'],
  ['anna\u2066@example.org', 'character'],
  ['anna@exa\u00admple.org', 'character'],
  ['anna\ufeff@example.org', 'character'],
  ['anna\u2028@example.org', 'character'],
  ['anna\ud800@example.org', 'character'],
  ['anna\ue000@example.org', 'character'],
  ['\uff41nna@example.org', 'character'],
  ['anna@\uff45xample.org', 'character'],
  ['anna@example\uff0eorg', 'character'],
  ['anna@\u24d4xample.org', 'character'],
  ['\ufb01ona@example.org', 'character'],
  ['"anna"@example.org', 'local_part'],
  ['"an na"@example.org', 'character'],
  ['anna(comment)@example.org', 'local_part'],
  ['anna@(comment)example.org', 'domain'],
  ['<anna@example.org>', 'local_part'],
  ['Anna <anna@example.org>', 'character'],
  ['anna,bob@example.org', 'local_part'],
  ['anna;bob@example.org', 'local_part'],
  ['anna:bob@example.org', 'local_part'],
  ['mailto:anna@example.org', 'local_part'],
  ['an\\na@example.org', 'local_part'],
  ['an[na]@example.org', 'local_part'],
  ['.anna@example.org', 'local_part'],
  ['anna.@example.org', 'local_part'],
  ['an..na@example.org', 'local_part'],
  ['\u0301anna@example.org', 'local_part'],
  ['anna\u{1f600}@example.org', 'local_part'],
  [`${'l'.repeat(65)}@example.org`, 'too_long'],
  [`${'я'.repeat(33)}@example.org`, 'too_long'],
  [`a@${'d.'.repeat(125)}org`, 'too_long'],
  ['anna@localhost', 'domain'],
  ['anna@example.org.', 'domain'],
  ['anna@.example.org', 'domain'],
  ['anna@example..org', 'domain'],
  ['anna@-example.org', 'domain'],
  ['anna@example-.org', 'domain'],
  ['anna@exam_ple.org', 'domain'],
  ['anna@example.org:25', 'domain'],
  ['anna@example.org/x', 'domain'],
  ['anna@exa%6dple.org', 'domain'],
  ['anna@[127.0.0.1]', 'domain'],
  ['anna@[IPv6:::1]', 'domain'],
  ['anna@127.0.0.1', 'domain'],
  ['anna@0x7f.0.0.0x1', 'domain'],
  ['anna@2130706433', 'domain'],
  ['anna@example.1', 'domain'],
  ['anna@example.o', 'domain'],
  ['anna@xn--\u00e4.org', 'domain'],
  ['anna@xn--zzzzzz99999.org', 'domain'],
  ['anna@xn--a.org', 'domain'],
  ['anna@XN--A.org', 'domain'],
  ['anna@xn--.org', 'domain'],
  ['anna@xn--abc-.org', 'domain'],
  ['anna@xn--55qx5d-.org', 'domain'],
  ['anna@xn--xn---epa.org', 'domain'],
  ['anna@example.xn--zzzzzz99999', 'domain'],
  ['anna@xn--a-ecp.ru', 'domain'],
  ['anna@xn--ls8h.la', 'domain'],
  // Read from right to left in one part and from left to right in another.
  ['anna@a\u05d0.org', 'domain'],
  ['anna@\u05d0a.org', 'domain'],
  ['anna@\u0661.org', 'domain'],
  ['anna@1a.\u05d0\u05d1.org', 'domain'],
  ['anna@\u06271\u0661.org', 'domain'],
  ['anna@\u0301x.org', 'domain'],
  ['anna@example\u3002org', 'domain'],
  [`a@${'d'.repeat(64)}.org`, 'domain'],
  [`a@${'я'.repeat(62)}.org`, 'domain'],
];

describe('T-13: e-mail addresses', () => {
  it.each(GOOD)('%j is taken', (typed, stored, unique) => {
    expect(newEmail(typed, 'user.email')).toBe(stored);
    expect(canonicalEmail(typed)).toBe(unique);
    expect(canonicalEmail(stored)).toBe(unique);
  });

  it.each(BAD)('%j is refused: %s', (typed, reason) => {
    const result = newEmail(typed, 'user.email');
    expect(result).toMatchObject({ failed: 'invalid_params', details: [{ path: 'user.email', reason }] });
  });

  it('never repeats in its answer what was typed', () => {
    const answers = BAD.map(([typed]) => JSON.stringify(newEmail(typed, 'changes.email')));
    for (const answer of answers) expect(answer).not.toMatch(/anna|bob|home/);
  });

  it('leaves a profile without an address, and one that clears it, as they are', () => {
    const without: { first_name: string; email?: string } = { first_name: 'A' };
    expect(withNewEmail(without, 'p')).toBe(without);
    expect(withNewEmail({ email: null }, 'p')).toEqual({ email: null });
    expect(withNewEmail({ email: 'A@EXAMPLE.org', bio: 'b' }, 'p')).toEqual({
      email: 'A@example.org',
      bio: 'b',
    });
    expect(withNewEmail({ email: 'a' }, 'p')).toMatchObject({ failed: 'invalid_params' });
  });
});
