export { lookupCommands } from './fields.js';
export { entriesLines, isKnown } from './limits/entries.js';
export type { Entries } from './limits/entries.js';
export { limitsJson } from './limits/limits-json.js';
export { limitsText } from './limits/limits-text.js';
export {
  UNKNOWN,
  formatCounted,
  formatBytes,
  formatClock,
  formatCount,
  formatDate,
  formatDuration,
  formatLimit,
  formatRate,
  formatShare,
  formatZone,
} from './numbers.js';
export { checkJson, checkRowsText, checkText, erlangRows } from './plan/plan-check.js';
export type { OpenFiles } from './plan/plan-check.js';
export type { PlanFormat } from './plan/plan-format-names.js';
export { formatPlan } from './plan/plan-formats.js';
export { memoryWords, planText } from './plan/plan-text.js';
export { valueWords } from './plan/plan-words.js';
export { RATE_ROWS } from './rate-rows.js';
export type { RateChoice } from './rate-rows.js';
export { formatReport } from './report/format-report.js';
export { formatHosts, worseFirst, worstStatus } from './report/hosts.js';
export type { HostReport } from './report/hosts.js';
export { diagnosisJson } from './report/json.js';
export { escapeMarkdown } from './report/markdown.js';
export { REPORT_FORMATS, drawsTrend } from './report/report-formats.js';
export type { ReportFormat } from './report/report-formats.js';
export type { Report } from './report/report.js';
export { ceilingOf, focusCeiling } from './report/focus-ceiling.js';
export { diagnosisText, verdictAgain } from './report/text.js';
export { safeText } from './safe-text.js';
export { createSeriesExport } from './series/series-export.js';
export type { ExportFormat } from './series/series.js';
export { ceilingTitle } from './words/ceiling-title.js';
export { confidenceWords, evidenceTitle, evidenceWords } from './words/evidence.js';
export { fitTitle } from './words/fit-title.js';
export { addressOf, ownerOf } from './words/subjects.js';
export { manualOf, titleOf } from './words/titles.js';
export type { FixWords } from './words/fixes/fix-draft.js';
export { fixWords } from './words/fixes/index.js';
export { flowWords } from './words/flows.js';
export { blindSpotWords, isForRoot, unwatchedWords } from './words/sight.js';
export { titlesOf } from './words/titles.js';
