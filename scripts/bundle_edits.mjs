// What the build changes in libraries that the terminal program brings along, so that it starts fast and stays small.
// Nothing here changes what a library gives. Each edit names the text that it replaces; when a new version of a library
// no longer has it exactly once, or is no longer bundled, the build fails instead of losing the edit. What each is worth
// was measured: docs/adr/0016-edits-of-libraries.md.
import { readFileSync, realpathSync } from 'node:fs';
import { dirname, join, relative } from 'node:path';

// The bundler names files by where they really are, also when the folder is a link.
const MODULES = realpathSync(join(import.meta.dirname, '../node_modules'));
const ONE_CELL = join(import.meta.dirname, '../src/tui/text/one_cell.ts');

/** Yoga's machine code within its module: half of its text, as base64. */
const YOGA_BASE64 = /data:application\/octet-stream;base64,([A-Za-z0-9+/=]+)/;

/** Takes 7 ms to make the first of. */
const lazySegmenter = (name) =>
  `let madeSegmenter;
const ${name} = { segment: (text) => (madeSegmenter ??= new Intl.Segmenter()).segment(text) };`;

/** [text, replacement] pairs for each file in node_modules. */
const EDITS = {
  // Developer tools that are not installed, and with them the waiting at the top level of the module.
  'ink/build/reconciler.js': [
    ["await import('./devtools.js');", ''],
    ['? await loadPackageJson()', '? { name: undefined, version: undefined }'],
    ["const fs = await import('node:fs');", 'const fs = null;'],
  ],
  // Every text that was ever shown was kept for good.
  'ink/build/measure-text.js': [
    [
      'cache.set(text, dimensions);',
      'if (cache.size >= 4096) cache.clear();\n    cache.set(text, dimensions);',
    ],
  ],
  'ink/build/wrap-text.js': [
    ['const cache = {};', 'let cache = {};\nlet kept = 0;'],
    [
      'cache[cacheKey] = wrappedText;',
      'kept += 1;\n    if (kept > 4096) [cache, kept] = [{}, 1];\n    cache[cacheKey] = wrappedText;',
    ],
  ],
  // fetch() of a data: address loads an HTTP client first: 20 ms. The same bytes can be compiled at once: 1 ms.
  'yoga-layout/dist/src/index.js': [
    [
      'const Yoga = wrapAssembly(await loadYoga());',
      `import machineCode from 'yoga-layout/machine-code';
const library = {
  instantiateWasm(imports, receive) {
    receive(new WebAssembly.Instance(new WebAssembly.Module(machineCode), imports));
    return {};
  },
};
loadYoga(library);
const Yoga = wrapAssembly(library);`,
    ],
  ],
  'yoga-layout/dist/binaries/yoga-wasm-base64-esm.js': (source) => {
    if (!YOGA_BASE64.test(source)) throw missing('yoga-wasm-base64-esm.js');
    return source.replace(YOGA_BASE64, '');
  },
  'slice-ansi/tokenize-ansi.js': [
    [
      "const GRAPHEME_SEGMENTER = new Intl.Segmenter(undefined, {granularity: 'grapheme'});",
      lazySegmenter('GRAPHEME_SEGMENTER'),
    ],
  ],
  '@alcalzone/ansi-tokenize/build/tokenize.js': [
    [
      'const segmenter = new Intl.Segmenter(undefined, { granularity: "grapheme" });',
      lazySegmenter('segmenter'),
    ],
  ],
  // Made at the first use: the pattern of all emoji takes 10 ms, the segmenter 7 ms, and few screens need them.
  'string-width/index.js': [
    [
      "import stripAnsi from 'strip-ansi';",
      `import stripAnsi from 'strip-ansi';
import { isOneCellText } from ${JSON.stringify(ONE_CELL)};`,
    ],
    ['const segmenter = new Intl.Segmenter();', lazySegmenter('segmenter')],
    [
      'const rgiEmojiRegex = /^\\p{RGI_Emoji}$/v;',
      // Each such sequence holds a character that is no ASCII and one that can be an emoji.
      `let allEmoji;
const rgiEmojiRegex = {
	test: (segment) =>
		/[^\\0-\\x7f]/.test(segment) &&
		/\\p{Emoji}/u.test(segment) &&
		(allEmoji ??= new RegExp('^\\\\p{RGI_Emoji}$', 'v')).test(segment),
};`,
    ],
    ['if (/^[\\u0020-\\u007E]*$/.test(string)) {', 'if (isOneCellText(string)) {'],
  ],
};

const missing = (what) =>
  new Error(`scripts/bundle_edits.mjs: ${what} has changed; look whether the edit is still needed`);

function edited(name, source) {
  const edits = EDITS[name];
  if (typeof edits === 'function') return edits(source);
  return edits.reduce((text, [from, to]) => {
    if (text.split(from).length !== 2) throw missing(`\`${from}\` in ${name}`);
    return text.replace(from, () => to);
  }, source);
}

/** The edits as a plugin of esbuild. */
export const bundleEdits = {
  name: 'bundle-edits',
  setup(builder) {
    const done = new Set();
    builder.onLoad({ namespace: 'file', filter: /\/node_modules\/.*\.js$/ }, ({ path }) => {
      const name = relative(MODULES, path);
      if (!Object.hasOwn(EDITS, name)) return undefined;
      done.add(name);
      return { contents: edited(name, readFileSync(path, 'utf8')), resolveDir: dirname(path) };
    });
    // wrap-ansi brings an older one, with a list of all emoji; Ink wraps with it, and this program cuts its rows itself.
    builder.onResolve({ filter: /^string-width$/ }, () => ({ path: join(MODULES, 'string-width/index.js') }));
    builder.onResolve({ filter: /^yoga-layout\/machine-code$/ }, () => ({
      path: join(MODULES, 'yoga-layout/dist/binaries/yoga-wasm-base64-esm.js'),
      namespace: 'machine-code',
    }));
    builder.onLoad({ filter: /./, namespace: 'machine-code' }, ({ path }) => {
      const base64 = YOGA_BASE64.exec(readFileSync(path, 'utf8'))?.[1] ?? '';
      return { contents: `export default Buffer.from('${base64}', 'base64');` };
    });
    builder.onEnd(({ errors }) => {
      const unused = Object.keys(EDITS).filter((name) => !done.has(name));
      if (errors.length === 0 && unused.length > 0) throw missing(unused.join(', '));
    });
  },
};
