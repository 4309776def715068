import { setFlagsFromString } from 'node:v8';
import { startLive } from '../../sources/live.js';
import type { DetailMode, LiveOptions, LiveStream, SourceChoice } from '../../sources/live.js';
import { ownSearch } from '../../shell/programs.js';
import { VERSION } from '../../version.js';
import { EXIT, UserError } from '../../exit.js';
import type { SystemRoots } from '../../sources/bpftrace/system.js';
import type { StreamRecord } from '../../records/index.js';

const ROOTS: SystemRoots = {
  proc: '/proc',
  sys: '/sys',
  ...ownSearch(),
};

/** Watches this host; ends bpftrace with the process whatever way it exits. Refuses where there is no Linux. */
export function watchHost(options: {
  readonly source: SourceChoice;
  readonly intervalMs: number;
  /** When to look at single flows. */
  readonly detail: DetailMode;
  readonly onRecord: (record: StreamRecord) => void;
}): LiveStream {
  if (process.platform !== 'linux')
    throw new UserError(
      EXIT.missing,
      `ctdiag watches Linux hosts, and this is ${process.platform}; \`ctdiag replay FILE\` and \`ctdiag diagnose FILE\` work here.`,
    );
  // By itself V8 lets what is new grow to three times 16 MB before it looks what of it is still needed. Little is
  // new in a second here: with this the screen took 81 MB after a minute, without 105.
  setFlagsFromString('--semi-space-growth-factor=1');
  const live: LiveOptions = { ...options, version: VERSION, roots: ROOTS };
  const stream = startLive(live);
  process.once('exit', () => stream.kill());
  return stream;
}

/** Where this machine's /proc, /sys and programs are. */
export function hostRoots(): SystemRoots {
  return ROOTS;
}

/** Rejects when probes were asked for by name and do not attach; never resolves. */
export function requireProbes(live: LiveStream, source: SourceChoice): Promise<never> {
  return new Promise((_resolve, reject) => {
    void live.ready.then(({ probes, reason }) => {
      if (source !== 'bpftrace' || probes === 'attached') return;
      reject(
        new UserError(
          EXIT.missing,
          `The probes do not attach: ${reason ?? probes}. Use --source auto to continue with the kernel's counters.`,
        ),
      );
    });
  });
}
