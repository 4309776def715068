/**
 * The name of a file that ctdiag makes by itself: `ctdiag-web-07-20261121T204107Z.ctd.gz`. It tells the host, sorts
 * by time, and is in UTC so that files of several hosts go together.
 */
export function fileName(subject: string, atMs: number, ending: string): string {
  return `ctdiag-${fileSafe(subject)}-${formatFileTime(atMs)}.${ending}`;
}

function fileSafe(subject: string): string {
  const name = subject.replace(/[^A-Za-z0-9.-]+/g, '_').replace(/^[.-]+/, '');
  return name.slice(0, 64) || 'host';
}

/** `20261121T204107Z`. */
function formatFileTime(atMs: number): string {
  return `${new Date(atMs).toISOString().slice(0, 19).replace(/[-:]/g, '')}Z`;
}
