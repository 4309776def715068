import { basename } from 'node:path';

/**
 * What each recording is called: its host, and where several are of hosts of one name the file instead, which was
 * chosen to tell them apart.
 */
export function hostNames(
  members: readonly { readonly host: string | null; readonly file: string }[],
): string[] {
  const hosts = members.map(({ host }) => host);
  return members.map(({ host, file }) =>
    host !== null && hosts.filter((item) => item === host).length === 1
      ? host
      : basename(file).replace(/\.ctd(\.gz)?$/, ''),
  );
}
