/** What the kernel's refusal means, after the name of the file: `/etc/x is a folder`. `null` for what is none. */
export function errnoWords(error: unknown): string | null {
  const code = errnoOf(error);
  switch (code) {
    case null:
      return null;
    case 'EACCES':
    case 'EPERM':
      return 'may be read and written by root only';
    case 'ENOENT':
      return 'is not there';
    case 'EISDIR':
      return 'is a folder';
    case 'ENOTDIR':
      return 'has something in its path that is no folder';
    case 'EFBIG':
      return 'is too large';
    case 'EINVAL':
      return 'is no plain file';
    case 'EROFS':
      return 'is on a file system that is read-only';
    case 'ENOSPC':
    case 'EDQUOT':
      return 'has no space left on its disk';
    case 'ELOOP':
      return 'is a link that leads nowhere';
    default:
      return `could not be read or written (${code})`;
  }
}

/** `EACCES` and the like; `null` where an error is not the kernel's. */
export function errnoOf(error: unknown): string | null {
  return error instanceof Error &&
    'code' in error &&
    typeof error.code === 'string' &&
    /^E[A-Z0-9]+$/.test(error.code)
    ? error.code
    : null;
}
