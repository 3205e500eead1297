/** Where parameters take text, and how to put some there. */
import { z } from 'zod';
import type { JsonObject } from '../../src/protocol/index.js';

export type Path = readonly string[];

/** Returns every place of the parameters that takes a string. */
export function stringPaths(schema: unknown, path: Path = []): Path[] {
  if (schema instanceof z.ZodOptional || schema instanceof z.ZodNullable)
    return stringPaths(schema.unwrap(), path);
  if (schema instanceof z.ZodObject) {
    return Object.entries(schema.shape as Record<string, unknown>).flatMap(([name, part]) =>
      stringPaths(part, [...path, name]),
    );
  }
  if (schema instanceof z.ZodArray) return stringPaths(schema.element, [...path, '0']);
  return schema instanceof z.ZodString || schema instanceof z.ZodEnum ? [path] : [];
}

/** Returns a copy of `value` with `text` at a place; what is missing on the way is made. */
export function placed(value: unknown, [name, ...rest]: Path, text: string): unknown {
  if (name === undefined) return text;
  if (name === '0') return [placed(null, rest, text)];
  const object = (typeof value === 'object' && value !== null ? value : {}) as JsonObject;
  return { ...object, [name]: placed(object[name], rest, text) };
}
