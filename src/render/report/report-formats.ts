/** The forms that a diagnosis is printed in. */
export const REPORT_FORMATS = ['text', 'json', 'markdown', 'html'] as const;

export type ReportFormat = (typeof REPORT_FORMATS)[number];

/** Whether the form draws the course of the host: without it, no trend need be kept. */
export function drawsTrend(format: ReportFormat): boolean {
  return format === 'markdown' || format === 'html';
}
