import type { Plugin } from 'esbuild';

/** The edits as a plugin of esbuild. */
export const bundleEdits: Plugin;
