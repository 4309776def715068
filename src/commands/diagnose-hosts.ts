import { diagnose, INTACT_INPUT } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import { EXIT, exitOfStatus, SIGNAL_EXITS, UserError } from '../exit.js';
import { createAccumulator } from '../model/index.js';
import type { WindowAccumulator } from '../model/index.js';
import { drawsTrend, formatHosts, formatReport, safeText, worstStatus } from '../render/index.js';
import type { HostReport, ReportFormat } from '../render/index.js';
import type { SshOptions } from '../sources/remote/ssh-options.js';
import { VERSION } from '../version.js';
import { connectHost, hostAccess, recordingThere } from './hosts/host-stream.js';
import type { HostAccess } from './hosts/host-stream.js';
import { untilSignal } from './stream/signals.js';
import { terminalWidth } from './terminal-width.js';

export interface DiagnoseHostsOptions {
  readonly hosts: readonly string[];
  readonly ssh: SshOptions;
  readonly recordArgs: readonly string[];
  /** How long each is watched, from its first figures on. */
  readonly durationMs: number;
  readonly format: ReportFormat;
  readonly thresholds?: Thresholds | undefined;
}

/** To connect, and to start ctdiag over there. */
const GREETING_MS = 15_000;

/** Watches other hosts over ssh for a while and tells all verdicts, the worst first. Returns the exit code of the worst. */
export async function diagnoseHosts(options: DiagnoseHostsOptions): Promise<number> {
  const { hosts, format } = options;
  if (format === 'html' && hosts.length > 1)
    throw new UserError(
      EXIT.usage,
      `An HTML report shows one host, and ${hosts.length} were given; use --format markdown.`,
    );
  if (process.stderr.isTTY)
    process.stderr.write(
      `ctdiag: watching ${hosts.length} ${hosts.length === 1 ? 'host' : 'hosts'} for ${options.durationMs / 1000} s; press Ctrl-C to stop early\n`,
    );
  const access = hostAccess(options.ssh, recordingThere(options.recordArgs));
  const signals = untilSignal();
  try {
    const watched = hosts.map((host) => watchOne(host, access, options, signals.ended));
    const reports = await Promise.all(watched);
    process.stdout.write(textOf(format, reports));
    const interrupted = await Promise.race([signals.ended, Promise.resolve(null)]);
    return interrupted === null ? exitOfStatus(worstStatus(reports)) : SIGNAL_EXITS[interrupted];
  } finally {
    signals.release();
  }
}

/** Of one host the whole report, of several a row each. */
function textOf(format: ReportFormat, reports: readonly HostReport[]): string {
  const [first] = reports;
  const only = reports.length === 1 ? first : undefined;
  if (only?.report != null) return formatReport(format, only.report, terminalWidth(process.stdout));
  if (only?.why != null) {
    const file = /could not resolve/i.test(only.why) ? ' There is no capture of that name either.' : '';
    throw new UserError(EXIT.missing, `${safeText(only.file, 60)}: ${only.why}${file}`);
  }
  return formatHosts(format === 'html' ? 'text' : format, reports, 'hosts');
}

/** How the watch of a host ends. */
interface Watch {
  /** Why we ended it ourselves; `null` when it ended by itself. */
  endedBy: 'time' | 'no-answer' | 'interrupted' | null;
  /** The recording over there was closed. */
  hasEnd: boolean;
}

async function watchOne(
  host: string,
  access: HostAccess,
  { durationMs, format, thresholds }: DiagnoseHostsOptions,
  interrupted: Promise<unknown>,
): Promise<HostReport> {
  let seen: WindowAccumulator | null = null;
  let timer: NodeJS.Timeout | undefined;
  const watch: Watch = { endedBy: null, hasEnd: false };
  const end = (reason: Watch['endedBy']): void => {
    watch.endedBy ??= reason;
    connection.kill();
  };
  const connection = connectHost(host, access, {
    header(header) {
      seen = createAccumulator(header, { trend: drawsTrend(format) });
      clearTimeout(timer);
      timer = setTimeout(() => end('time'), durationMs);
    },
    record(record) {
      watch.hasEnd ||= record.type === 'end';
      seen?.take(record);
    },
  });
  timer = setTimeout(() => end('no-answer'), GREETING_MS);
  void interrupted.then(() => end('interrupted'));
  const said = await connection.ended;
  clearTimeout(timer);
  const why = watch.endedBy === 'no-answer' ? `it did not answer within ${GREETING_MS / 1000} s` : said;
  // What broke off says too little: probes that did not attach, a connection that was lost.
  if (watch.endedBy === null && !watch.hasEnd)
    return { file: host, report: null, why: why.replace(/\.?$/, '.') };
  // Asked through a function: it was set meanwhile.
  const found = reportOf(seen, thresholds);
  return found === null
    ? { file: host, report: null, why: why.replace(/\.?$/, '.') }
    : { file: host, report: found, why: null };
}

function reportOf(seen: WindowAccumulator | null, thresholds: Thresholds | undefined): HostReport['report'] {
  const window = seen?.window() ?? null;
  if (seen === null || window === null) return null;
  return {
    diagnosis: diagnose(window, INTACT_INPUT, thresholds),
    window,
    trend: seen.trend(),
    version: VERSION,
  };
}
