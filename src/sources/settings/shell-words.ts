import type { SysctlReapplied } from '../../records/index.js';
import { sysctlKey } from './sysctl-files.js';

type What = Pick<SysctlReapplied, 'sets' | 'prefix'>;

/**
 * What a command of a udev rule or of modprobe's `install` does to sysctls: runs systemd-sysctl or
 * `sysctl --system` again, or writes a value with `sysctl -w`. Commands that do neither give nothing.
 */
export function reappliedBy(command: string): What[] {
  return command.split(/\|\||&&|;|\||&|\n/).flatMap((text): What[] => {
    const words = text
      .trim()
      .replace(/["']/g, ' ')
      .split(/\s+/)
      .filter((word) => word !== '');
    const at = words.findIndex((word) => /(?:^|\/)(?:systemd-)?sysctl$/.test(word));
    const program = words[at];
    if (program === undefined) return [];
    const args = words.slice(at + 1);
    if (program.endsWith('systemd-sysctl')) {
      const prefixes = args.flatMap((word) => /^--prefix=(.+)$/.exec(word)?.[1] ?? []);
      return prefixes.length === 0
        ? [{ sets: null, prefix: null }]
        : prefixes.map((prefix) => ({ sets: null, prefix: sysctlKey(prefix) }));
    }
    // A pattern is a regular expression over names; taking it for all is kind, and a wrong value shows anyway.
    if (args.some((word) => word === '--system' || word === '-p' || word.startsWith('--load')))
      return [{ sets: null, prefix: null }];
    return args.flatMap((word): What[] => {
      const [, key, value] = /^([^-=][^=]*)=(.+)$/.exec(word) ?? [];
      return key === undefined || value === undefined
        ? []
        : [{ sets: { key: sysctlKey(key), value }, prefix: null }];
    });
  });
}
