import type { ToolEnd } from '../tools/tool-failure.js';
import { inNamespace } from '../tools/run-tool.js';
import type { ToolRunner } from '../tools/run-tool.js';

/** A ruleset that is longer is that of a large Kubernetes node, where no rule is found by reading. */
const LIMITS = { timeoutMs: 5000, maxBytes: 8 * 1024 * 1024 };
/** They list what nft(8) does not: rules of the older kind, and matches that it cannot put into words. */
const XT_TOOLS = ['iptables-save', 'ip6tables-save'] as const;

interface RulesWanted {
  /** Whether a line hides a rule that only the older tools put into words. */
  readonly isHidden?: (line: string) => boolean;
  /** The namespace; `null` is our own. */
  readonly file?: string | null;
}

/**
 * What `ruleOf` finds in the lines of the rules of a namespace (`file`; `null` is ours): of nft's list, and of iptables-save where that has none,
 * or hides some behind a match that `isHidden` knows. `end` is how nft ended.
 */
export async function findRules<T>(
  tools: ToolRunner,
  ruleOf: (line: string) => T | null,
  { isHidden = () => false, file = null }: RulesWanted = {},
): Promise<{ readonly rules: readonly T[]; readonly end: ToolEnd }> {
  const rules: T[] = [];
  const take = (line: string): void => {
    const rule = ruleOf(line);
    if (rule !== null) rules.push(rule);
  };
  const seen = { hidden: false };
  const end = await tools.run(
    inNamespace(file, ['nft', 'list', 'ruleset']),
    (line) => {
      seen.hidden ||= isHidden(line);
      take(line);
    },
    LIMITS,
  );
  if (rules.length === 0 || seen.hidden)
    for (const tool of XT_TOOLS) await tools.run(inNamespace(file, [tool, '-c']), take, LIMITS);
  return { rules, end };
}
