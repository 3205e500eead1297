/**
 * One way from what was written to what a setting is, for flags, environment and files. Text stays text until a setting of a
 * number asks for one, and then only digits are one; in JSON a number is a number. Nothing is made of anything else.
 */
import * as z from 'zod';

/** What a setting can be: a whole number within bounds, one of some words, or a text. */
export type SettingSchema = z.ZodNumber | z.ZodEnum | z.ZodString;

/** A number as people write one: no sign, no space, no point, no zeros in front. */
const DIGITS = /^(0|[1-9][0-9]{0,15})$/;
/** What tells nothing to anybody, or draws on a terminal. */
const CONTROL = /[\p{Cc}\p{Cf}\p{Zl}\p{Zp}]/u;

/** Returns the setting's value, or undefined when what was found is none. `source`: text has no types, JSON has. */
export function parseSetting(
  schema: SettingSchema,
  found: unknown,
  source: 'text' | 'json',
): string | number | undefined {
  if (schema instanceof z.ZodNumber) {
    const number = source === 'json' ? found : toNumber(found);
    return schema.safeParse(number).data;
  }
  if (typeof found !== 'string' || CONTROL.test(found)) return undefined;
  // A name of spaces is no name; around a name they are a slip.
  if (found !== '' && found.trim() === '') return undefined;
  return schema.safeParse(found).data;
}

const toNumber = (text: unknown): number | undefined =>
  typeof text === 'string' && DIGITS.test(text) ? Number(text) : undefined;

/** By hand: asked for a number, Node reads the rules of all languages first, which is a fifth of a start. */
const thousands = (value: number): string => String(value).replaceAll(/\B(?=(?:\d{3})+$)/g, ',');

/** Returns what a setting takes, in words: the range of a number, the words of a choice, the length of a text. */
export function takes(schema: SettingSchema): string {
  if (schema instanceof z.ZodNumber) {
    return `a whole number from ${thousands(schema.minValue ?? 0)} to ${thousands(schema.maxValue ?? Infinity)}`;
  }
  if (schema instanceof z.ZodEnum) {
    const words = schema.options.map((word) => `\`${String(word)}\``);
    return words.length === 1 ? words.join('') : `${words.slice(0, -1).join(', ')} or ${words.at(-1) ?? ''}`;
  }
  const { minLength, maxLength } = schema;
  if (maxLength === null) return 'a text';
  return `a text of ${minLength ?? 0} to ${maxLength} characters`;
}
