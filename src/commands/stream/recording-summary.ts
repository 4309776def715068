import type { CaptureWriter } from '../../capture/index.js';

/** What is in a recording that has ended: `web-07.ctd.gz: 312 records`. */
export function recordingWords(
  name: string,
  { recordsWritten, recordsDropped }: Pick<CaptureWriter, 'recordsWritten' | 'recordsDropped'>,
): string {
  const dropped = recordsDropped === 0 ? '' : `, ${recordsDropped} dropped because the reader was slow`;
  return `${name}: ${recordsWritten} records${dropped}`;
}
