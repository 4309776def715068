import type { ToolEnd } from '../tools/tool-failure.js';
import type { ToolRunner } from '../tools/run-tool.js';

/** A ruleset that is longer is that of a large Kubernetes node, where no rule is found by reading. */
const LIMITS = { timeoutMs: 5000, maxBytes: 8 * 1024 * 1024 };
/** Rules that nft(8) does not list: those of the older kind, and matches that it cannot put into words. */
const XT_TOOLS = ['iptables-save', 'ip6tables-save'] as const;

/**
 * What `ruleOf` finds in the lines of the rules of our namespace: of nft's list, and where that has none of iptables-save.
 * `end` is how nft ended.
 */
export async function findRules<T>(
  tools: ToolRunner,
  ruleOf: (line: string) => T | null,
): Promise<{ readonly rules: readonly T[]; readonly end: ToolEnd }> {
  const rules: T[] = [];
  const take = (line: string): void => {
    const rule = ruleOf(line);
    if (rule !== null) rules.push(rule);
  };
  const end = await tools.run(['nft', 'list', 'ruleset'], take, LIMITS);
  if (rules.length === 0) for (const tool of XT_TOOLS) await tools.run([tool, '-c'], take, LIMITS);
  return { rules, end };
}
