import type { ErlangLimits, ProcessUse } from '../../records/index.js';
import { readOnce } from '../kernel/proc-file.js';

/** The table of ports as it comes, and the least that the emulator makes of it (erts/emulator/beam/io.c). */
const DEFAULT_PORTS = 65_536;
const LEAST_PORTS = 1024;
/** Above this no figure is exact, nor a table that the emulator would make. */
const MOST = 2 ** 28;

/**
 * The limits that an Erlang emulator was started with; `null` for any other process, or where its command line may not
 * be read. Emulator flags stand before the first `--`; ERL_MAX_PORTS counts where `-Q` is not there.
 */
export function erlangLimitsOf(
  procRoot: string,
  { pid, comm, fdLimit }: Pick<ProcessUse, 'pid' | 'comm' | 'fdLimit'>,
): ErlangLimits | null {
  if (!/^beam(?:\.smp)?$/.test(comm)) return null;
  const read = readOnce(`${procRoot}/${pid}/cmdline`);
  if (!('text' in read)) return null;
  const environ = readOnce(`${procRoot}/${pid}/environ`);
  const fromEnvironment =
    'text' in environ ? /(?:^|\0)ERL_MAX_PORTS=(\d{1,9})(?:\0|$)/.exec(environ.text)?.[1] : undefined;
  return parseErlangLimits(read.text, fromEnvironment ?? null, fdLimit);
}

/** Reads them from the words of the command line, each ended by a NUL. */
export function parseErlangLimits(
  cmdline: string,
  maxPorts: string | null,
  fdLimit: number | null,
): ErlangLimits {
  const words = cmdline.split('\0');
  const end = words.indexOf('--');
  const flags = end < 0 ? words : words.slice(0, end);
  const asked = flagOf(flags, '-Q') ?? numberOf(maxPorts ?? undefined);
  const processes = flagOf(flags, '-P');
  return {
    // Without a figure of its own the emulator makes it as large as the descriptors that it may open.
    ports: tableSize(asked ?? Math.max(DEFAULT_PORTS, fdLimit ?? 0)),
    processes: processes === null ? null : tableSize(processes),
  };
}

/** `-Q 65536` or `-Q65536`; the last one counts. `null` where it is not there, or is a word (`legacy`). */
function flagOf(words: readonly string[], flag: string): number | null {
  const at = words.findLastIndex((word) => word.startsWith(flag));
  if (at < 0) return null;
  const joined = words[at]?.slice(flag.length) ?? '';
  return numberOf(joined === '' ? words[at + 1] : joined);
}

function numberOf(word: string | undefined): number | null {
  return word !== undefined && /^\d{1,9}$/.test(word) ? Number(word) : null;
}

/** The emulator rounds its tables up to a power of two: `+Q 3000` allows 4,096. */
function tableSize(asked: number): number {
  return 2 ** Math.ceil(Math.log2(Math.min(MOST, Math.max(LEAST_PORTS, asked))));
}
