import { diagnose } from '../diagnose/index.js';
import type { Thresholds } from '../diagnose/index.js';
import { drawsTrend, formatHosts, worstStatus } from '../render/index.js';
import type { HostReport, ReportFormat } from '../render/index.js';
import { asUserError, EXIT, exitOfStatus, UserError } from '../exit.js';
import { fixedSpan } from '../playback/time/fixed-span.js';
import { readCapture } from './stream/read-capture.js';
import type { TimeSpan } from '../playback/time/time-span.js';
import { VERSION } from '../version.js';

/**
 * Diagnoses captures of several hosts, each by its own header's clock, and tells all verdicts, the worst first.
 * One that cannot be read is told among them. Returns the exit code of the worst.
 */
export async function diagnoseSeveral(
  paths: readonly string[],
  options: {
    readonly format: ReportFormat;
    readonly span: TimeSpan;
    readonly thresholds?: Thresholds | undefined;
  },
): Promise<number> {
  const { format, thresholds } = options;
  if (format === 'html')
    throw new UserError(
      EXIT.usage,
      `An HTML report shows one capture, and ${paths.length} were given; use --format markdown.`,
    );
  if (paths.includes('-'))
    throw new UserError(EXIT.usage, 'Standard input can only be diagnosed alone, not with other captures.');
  const span = await fixedSpan(paths, options.span);
  const hosts: HostReport[] = [];
  for (const file of paths) hosts.push(await reportOf(file, span, drawsTrend(format), thresholds));
  process.stdout.write(formatHosts(format, hosts));
  return exitOfStatus(worstStatus(hosts));
}

async function reportOf(
  file: string,
  span: TimeSpan,
  course: boolean,
  thresholds: Thresholds | undefined,
): Promise<HostReport> {
  try {
    const { seen, reading } = await readCapture(file, span, course);
    const window = seen.window();
    if (window === null) return { file, report: null, why: 'it holds no complete second' };
    const diagnosis = diagnose(window, reading, thresholds);
    return { file, why: null, report: { diagnosis, window, trend: seen.trend(), version: VERSION } };
  } catch (error) {
    const reported = asUserError(error);
    if (!(reported instanceof UserError)) throw error;
    return { file, report: null, why: reported.message };
  }
}
