import { dropInFile, dropInLimit, unitOf } from '../plan/index.js';
import type { Compared, OwnFiles, ProfileName } from '../plan/index.js';
import type { HostReading } from '../records/host-reading.js';
import { openHostFiles } from '../sources/settings/host-files.js';
import { readHostSettings } from '../sources/settings/settings-source.js';

/** The running values of a host and what its files say now. */
export function comparedHost(root: string, host: HostReading): Compared {
  return {
    settings: readHostSettings(root, host.kernel ?? ''),
    running: host.sysctls,
    kernel: host.kernel ?? '',
    memTotalBytes: host.memoryBytes,
    ...(host.pageBytes === undefined ? {} : { pageBytes: host.pageBytes }),
  };
}

/** What the files of the host set now. */
export function readOwnFiles(
  root: string,
  host: HostReading,
  { profile, unit }: { readonly profile: ProfileName; readonly unit: string | null },
): OwnFiles {
  const named = unitOf(profile, unit);
  const dropIn = named === null ? null : openHostFiles(root).read(dropInFile(named));
  return {
    settings: comparedHost(root, host).settings,
    openFiles: dropIn === null ? null : dropInLimit(dropIn.text),
  };
}
