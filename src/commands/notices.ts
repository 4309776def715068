import type { Screen, ScreenState } from '../../tui/index.js';
import { writeReportFile } from './report-file.js';
import type { ReportFileFormat } from './report-file.js';

/** Long enough to read where a file went, short enough not to hide what comes after. */
const SHOWN_MS = 10_000;

/** A screen that can also be told to write a report of what it shows, and says where for a while. */
export interface ReportingScreen extends Screen {
  writeReport(format: ReportFileFormat): void;
}

/** Adds reports to a screen; `now` is a clock in milliseconds. */
export function withReports(
  screen: Screen,
  now: () => number,
  write: typeof writeReportFile = writeReportFile,
): ReportingScreen {
  let shown: ScreenState | null = null;
  let said: { readonly text: string; readonly untilMs: number } | null = null;

  function update(state: ScreenState): void {
    shown = state;
    const fresh = said !== null && now() < said.untilMs ? said.text : null;
    screen.update(fresh === null ? state : { ...state, notice: fresh });
  }

  return {
    ...screen,
    update,
    writeReport(format) {
      if (shown === null) return;
      said = { text: write(shown, format), untilMs: now() + SHOWN_MS };
      update(shown);
    },
  };
}
