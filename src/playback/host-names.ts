import { basename } from 'node:path';

/**
 * The name of each recording: its host, or its file name if several hosts have the same name.
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
