/** Tools that are asked, and the Debian package of each. */
const PACKAGES = { ss: 'iproute2', ethtool: 'ethtool' } as const;

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
export function toolFailure(tool: keyof typeof PACKAGES, result: ToolEnd): string | null {
  if (!result.failed) return null;
  if (result.code === 'ENOENT' || result.exitCode === NOT_FOUND)
    return `${tool} is missing; apt-get install ${PACKAGES[tool]}`;
  if (result.timedOut) return `${tool} did not end in time; this host may be starved of CPU`;
  if (result.exitCode !== undefined) return `${tool} failed with exit code ${result.exitCode}`;
  return `${tool} could not run: ${result.code ?? result.signal ?? 'no reason given'}`;
}
