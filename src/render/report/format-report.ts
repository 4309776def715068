import { diagnosisHtml } from './html.js';
import { diagnosisJson } from './json.js';
import { diagnosisMarkdown } from './markdown.js';
import type { Report } from './report.js';
import type { ReportFormat } from './report-formats.js';
import { diagnosisText } from './text.js';

/** A report in the form asked for, with the end of its last line; `width` is of the text alone. */
export function formatReport(format: ReportFormat, report: Report, width?: number): string {
  switch (format) {
    case 'text':
      return diagnosisText(report.diagnosis, report.window, width);
    case 'json':
      return `${diagnosisJson(report.diagnosis, report.window)}\n`;
    case 'markdown':
      return diagnosisMarkdown(report);
    case 'html':
      return diagnosisHtml(report);
  }
}
