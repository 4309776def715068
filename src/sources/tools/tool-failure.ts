import { installCommand } from '../../shell/install.js';
import type { Installable } from '../../shell/install.js';

/** What nsenter(1) ends with where the program is missing. */
const NOT_FOUND = 127;

/** How a tool has ended. */
export interface ToolEnd {
  readonly failed: boolean;
  readonly timedOut: boolean;
  /** Its output was longer than what is read; the lines before were handed out. */
  readonly isCut: boolean;
  /** Why it was not started though it is there, a sentence without its end; `null` when it was. */
  readonly refused: string | null;
  /** It is not installed. */
  readonly isMissing: boolean;
  readonly exitCode: number | null;
  readonly signal: string | null;
  /** The beginning of what it wrote to stderr. */
  readonly error: string;
}

/** Why a tool gave nothing, or not everything; `null` when it gave all. */
export function toolFailure(tool: Exclude<Installable, 'kernel' | 'flock'>, end: ToolEnd): string | null {
  if (!end.failed) return null;
  if (end.refused !== null) return end.refused;
  if (end.isMissing || end.exitCode === NOT_FOUND)
    return `${tool} is not installed; run: ${installCommand(tool)}`;
  if (end.isCut) return `${tool} printed too much; the list is incomplete`;
  if (end.timedOut) return `${tool} did not end in time; the host may be short of CPU`;
  if (end.exitCode !== null) return `${tool} failed with exit code ${end.exitCode}`;
  return `${tool} could not run: ${end.signal ?? firstLine(end.error) ?? 'no reason given'}`;
}

/** The first line of what a tool wrote to stderr; `null` when it wrote nothing. */
export function firstLine(text: string): string | null {
  const [line = ''] = text.trim().split('\n');
  return line === '' ? null : line;
}
