import { closeSync, openSync, unlinkSync, writeSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { join, resolve } from 'node:path';
import { trendOf } from '../../model/index.js';
import { errnoOf } from '../../errno.js';
import { formatHosts, formatReport } from '../../render/index.js';
import type { HostReport } from '../../render/index.js';
import type { Notice } from '../../playback/notice.js';
import type { HostRow, ScreenState } from '../../playback/screen-state.js';
import { fileName } from '../file-names.js';
import { VERSION } from '../../version.js';

/** The forms that the screen writes; each has a key. */
export type ReportFileFormat = 'markdown' | 'html';

const ENDINGS: Readonly<Record<ReportFileFormat, string>> = { markdown: 'md', html: 'html' };
/** So many reports of one second are enough. */
const MOST_NAMES = 100;

/** Writes a report of the moment shown; returns what to tell the user, whether it worked or not. */
export function writeReportFile(
  state: ScreenState,
  format: ReportFileFormat,
  folders: readonly string[] = [process.cwd(), tmpdir()],
): Notice {
  const { hosts } = state;
  if (hosts?.open === null) {
    if (format === 'html') return { kind: 'no-report', why: 'page-of-one-host' };
    const text = formatHosts('markdown', hosts.rows.map(reportOf));
    return writeSomewhere(fileName('hosts', hosts.atMs, ENDINGS[format]), format, text, folders);
  }
  const { window, diagnosis, thresholds } = state;
  if (window === null || diagnosis === null) return { kind: 'no-report', why: 'no-figures' };
  const text = formatReport(format, {
    window,
    diagnosis,
    trend: trendOf(state.frames),
    thresholds,
    version: VERSION,
  });
  const name = fileName(window.header.host, window.last.atMs, ENDINGS[format]);
  return writeSomewhere(name, format, text, folders);
}

/** A host of the table; of one that has ended what it said last, with its time. */
function reportOf({ file, presence, window, diagnosis }: HostRow): HostReport {
  const why = presence.kind === 'unreadable' ? presence.why : 'it had not begun';
  return window === null || diagnosis === null
    ? { file, report: null, why }
    : { file, why: null, report: { window, diagnosis, trend: [], version: VERSION } };
}

/** In the first folder that takes it. */
function writeSomewhere(
  name: string,
  format: ReportFileFormat,
  text: string,
  folders: readonly string[],
): Notice {
  let refusal: string | null = null;
  for (const folder of folders) {
    try {
      const path = writeNew(resolve(folder), name, text);
      return { kind: 'report-written', path, notHere: refusal };
    } catch (error) {
      refusal = errnoOf(error) ?? String(error);
    }
  }
  return { kind: 'report-failed', errno: refusal ?? '', format };
}

/** Never an existing file, and readable by its owner alone: it holds addresses and names of processes. */
function writeNew(folder: string, name: string, text: string): string {
  for (let number = 1; ; number += 1) {
    const path = join(folder, number === 1 ? name : name.replace(/(?=\.[a-z]+$)/, `-${number}`));
    let file;
    try {
      // `x` follows no link that waits under the name, which matters in a folder that all can write to.
      file = openSync(path, 'wx', 0o600);
    } catch (error) {
      if (errnoOf(error) === 'EEXIST' && number < MOST_NAMES) continue;
      throw error;
    }
    try {
      const bytes = Buffer.from(text);
      for (let done = 0; done < bytes.length;) done += writeSync(file, bytes, done);
      return path;
    } catch (error) {
      // Half a report would be taken for a whole one.
      unlinkSync(path);
      throw error;
    } finally {
      closeSync(file);
    }
  }
}
