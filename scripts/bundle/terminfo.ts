import { readFileSync } from 'node:fs';
import { join } from 'node:path';
import { replaced } from './replaced.js';

/** The terminals that blessed brings descriptions of, for hosts that have none where blessed looks. */
const TERMINALS = ['xterm', 'xterm-256color', 'linux'];
const FOLDER = '/embedded-terminfo/';

/** Puts blessed's own terminal descriptions into its reader of them. */
export function embedTerminfo(source: string, folder: string): string {
  const embedded = Object.fromEntries(
    TERMINALS.map((name) => [name, readFileSync(join(folder, name)).toString('base64')]),
  );
  const reader = `
var EMBEDDED = ${JSON.stringify(embedded)};
function readDescription(file) {
  if (file.indexOf('${FOLDER}') !== 0) return fs.readFileSync(file);
  var data = EMBEDDED[file.slice(${FOLDER.length})];
  if (data === undefined) throw new Error('There is no description of ' + file.slice(${FOLDER.length}) + '.');
  return Buffer.from(data, 'base64');
}
`;
  const reads = replaced(source, 'data = fs.readFileSync(file);', 'data = readDescription(file);');
  return replaced(reads, "__dirname + '/../usr/", `'${FOLDER}`) + reader;
}
