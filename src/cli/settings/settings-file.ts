import { closeSync, constants, fstatSync, lstatSync, openSync, readSync, realpathSync } from 'node:fs';

/** Settings of a person take a few hundred bytes. */
const MAX_SETTINGS_BYTES = 64 * 1024;

/** A settings file that is not opened; the message says why, after the name of the file. */
class RefusedFile extends Error {
  override readonly name = 'RefusedFile';
}

/**
 * The text of a settings file. Opens regular files only, without waiting for what is none, reads a bounded part, and
 * follows a symbolic link only if it is the user's own or root's: ctdiag runs as root, and others may write to the
 * folder.
 */
export function readSettingsFile(path: string): string {
  const file = openSync(realFile(path), constants.O_RDONLY | constants.O_NONBLOCK | constants.O_NOFOLLOW);
  try {
    const stat = fstatSync(file);
    if (stat.isDirectory()) throw new RefusedFile('it is a directory');
    if (!stat.isFile()) throw new RefusedFile('it is not a regular file');
    const buffer = Buffer.alloc(MAX_SETTINGS_BYTES + 1);
    let length = 0;
    for (let got = -1; got !== 0 && length < buffer.length; length += got)
      got = readSync(file, buffer, length, buffer.length - length, null);
    if (length > MAX_SETTINGS_BYTES)
      throw new RefusedFile(`it is larger than ${MAX_SETTINGS_BYTES / 1024} KiB`);
    return buffer.toString('utf8', 0, length);
  } finally {
    closeSync(file);
  }
}

/** The file itself, behind a link that may be followed. */
function realFile(path: string): string {
  const stat = lstatSync(path);
  if (!stat.isSymbolicLink()) return path;
  if (stat.uid !== 0 && stat.uid !== process.geteuid?.())
    throw new RefusedFile('it is a symbolic link of another user');
  return realpathSync(path);
}
