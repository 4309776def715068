import { installCommand } from '../../shell/install.js';
import type { Installable } from '../../shell/install.js';

/** What a shell and nsenter(1) end with where the program is missing. */
const NOT_FOUND = 127;

/** How a tool that execa ran has ended. */
export interface ToolEnd {
  readonly failed: boolean;
  readonly timedOut: boolean;
  readonly code?: string | undefined;
  readonly exitCode?: number | undefined;
  readonly signal?: string | undefined;
}

/** Why a tool gave nothing; `null` when it did give something. */
export function toolFailure(tool: Extract<Installable, 'ss' | 'ethtool'>, result: ToolEnd): string | null {
  if (!result.failed) return null;
  if (result.code === 'ENOENT' || result.exitCode === NOT_FOUND)
    return `${tool} is not installed; run: ${installCommand(tool)}`;
  if (result.timedOut) return `${tool} did not end in time; the host may be short of CPU`;
  if (result.exitCode !== undefined) return `${tool} failed with exit code ${result.exitCode}`;
  return `${tool} could not run: ${result.code ?? result.signal ?? 'no reason given'}`;
}
