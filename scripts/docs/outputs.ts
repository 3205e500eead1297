/** Every generated document by its path from the project's root. */
import { asyncApi } from './asyncapi.js';
import { schemaFiles } from './json_schema.js';
import { errorsFile, limitsFile } from './facts.js';
import { permissionsMarkdown } from './permissions_md.js';
import { protocolMarkdown } from './protocol_md.js';
import { vectors } from './vectors.js';

/** Line separators are escaped: in a file they would be invisible. */
export const json = (value: unknown): string =>
  `${JSON.stringify(value, null, 2).replaceAll('\u2028', '\\u2028').replaceAll('\u2029', '\\u2029')}\n`;

/** Folders in which every file is generated: what else is found there is left over. */
export const GENERATED_FOLDERS = ['docs/protocol', 'docs/protocol/schemas'] as const;

export function outputs(): Map<string, string> {
  const files = new Map<string, string>();
  files.set('docs/protocol.md', protocolMarkdown());
  files.set('docs/permissions.md', permissionsMarkdown());
  for (const [name, schema] of schemaFiles()) files.set(`docs/protocol/schemas/${name}`, json(schema));
  files.set('docs/protocol/limits.json', json(limitsFile()));
  files.set('docs/protocol/errors.json', json(errorsFile()));
  files.set('docs/protocol/asyncapi.json', json(asyncApi()));
  files.set('docs/protocol/vectors.json', json(vectors()));
  return files;
}
