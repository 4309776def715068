import type { Notice } from '../../playback/notice.js';
import type { Screen, ScreenState } from '../../playback/screen-state.js';
import { writeReportFile } from './report-file.js';
import type { ReportFileFormat } from './report-file.js';

/** Long enough to read where a file went, short enough not to hide what comes after. */
const SHOWN_MS = 10_000;

/** A screen that can also be told to write a report of what it shows, and says where for a while. */
export interface ReportingScreen extends Screen {
  writeReport(format: ReportFileFormat): void;
  /** Another key came: what was said of a report has been read. */
  noticed(): void;
  /** What became of each report: the screen goes, and with it where the files are. */
  readonly reports: readonly Notice[];
}

/** Adds reports to a screen; `now` is a clock in milliseconds. */
export function withReports(
  screen: Screen,
  now: () => number,
  write: typeof writeReportFile = writeReportFile,
): ReportingScreen {
  let shown: ScreenState | null = null;
  let notice: { readonly report: Notice; readonly untilMs: number } | null = null;
  const reports: Notice[] = [];

  function update(state: ScreenState): void {
    shown = state;
    const fresh = notice !== null && now() < notice.untilMs ? notice.report : null;
    screen.update(fresh === null ? state : { ...state, notice: fresh });
  }

  return {
    ...screen,
    update,
    writeReport(format) {
      if (shown === null) return;
      const report = write(shown, format);
      reports.push(report);
      notice = { report, untilMs: now() + SHOWN_MS };
      update(shown);
    },
    noticed: () => void (notice = null),
    reports,
  };
}
