import { readFileSync, readdirSync } from 'node:fs';
import { readFile } from 'node:fs/promises';
import { join } from 'node:path';
import type { Plugin } from 'esbuild';
import { replaced } from './replaced.js';
import { embedTerminfo } from './terminfo.js';

/** The widgets of blessed that the screen uses, and those that these ask for. */
const WIDGETS = ['Node', 'Screen', 'Element', 'Box', 'ScrollableBox', 'ScrollableText', 'Log'];

/**
 * What a bundler cannot see by itself: files that are read at run time, computed `require` calls, and Node's own
 * `createRequire`. Each change is checked, so that a new version of a package cannot undo it unnoticed.
 */
export function adaptations(root: string): Plugin {
  return {
    name: 'adaptations',
    setup(build) {
      const adapt = (filter: RegExp, change: (source: string) => string): void => {
        build.onLoad({ filter }, async ({ path }) => ({
          contents: change(await readFile(path, 'utf8')),
          loader: path.endsWith('.ts') ? 'ts' : 'js',
        }));
      };
      adapt(/\/src\/version\.ts$/, () => `export const VERSION = ${JSON.stringify(versionOf(root))};\n`);
      adapt(/\/src\/sources\/bpftrace\/fragments\.ts$/, () => embeddedFragments(root));
      adapt(/\/tui\/lifecycle\/(?:blessed-terminal|plot-canvas)\.ts$/, plainRequire);
      adapt(/\/blessed\/lib\/widget\.js$/, staticWidgets);
      adapt(/\/blessed\/lib\/tput\.js$/, (source) =>
        embedTerminfo(source, join(root, 'node_modules/blessed/usr')),
      );
      adapt(/\/drawille-blessed-contrib\/index\.js$/, (source) =>
        replaced(source, /\bnew Buffer\((?=[^'"])/g, 'Buffer.alloc('),
      );
    },
  };
}

function versionOf(root: string): string {
  const { version } = JSON.parse(readFileSync(join(root, 'package.json'), 'utf8')) as { version: string };
  return version;
}

/** The probes as text: a single executable has no folder to read them from. */
function embeddedFragments(root: string): string {
  const folder = join(root, 'probes');
  const names = readdirSync(folder).filter((name) => name.endsWith('.bt'));
  const texts = names
    .sort()
    .map((name): [string, string] => [name, readFileSync(join(folder, name), 'utf8')]);
  return `const FRAGMENTS: Record<string, string> = ${JSON.stringify(Object.fromEntries(texts))};
export function readFragment(file: string): string {
  const text = FRAGMENTS[file];
  if (text === undefined) throw new Error('no fragment ' + file);
  return text;
}
`;
}

/** The bundler resolves `require` itself, where it is no variable. */
function plainRequire(source: string): string {
  const named = source.replace(/^ *const require = createRequire\(import\.meta\.url\);\n/m, '');
  return replaced(
    named.replaceAll('createRequire(import.meta.url)(', 'require('),
    /^import .*'node:module';\n/gm,
    '',
  );
}

function staticWidgets(source: string): string {
  const requires = WIDGETS.map(
    (name) => `widget.${name} = widget.${name.toLowerCase()} = require('./widgets/${name.toLowerCase()}');`,
  );
  if (!source.includes("require('./widgets/' + file)"))
    throw new Error('blessed loads its widgets differently now.');
  return `var widget = exports;\n${requires.join('\n')}\n`;
}
