import type { ElapsedMs } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Figures } from '../kernel/parse.js';
import type { Source } from '../source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';
import { toolFailure } from '../tools/tool-failure.js';
import { isHiddenLimit, limitRuleOf } from './limit-rules.js';
import type { LimitRule } from './limit-rules.js';
import { findRules } from './ruleset.js';

/** SYNs dropped since the last look that are worth one: what scanners send all day is less. */
const WORTH_SYNS = 10;
/** Between two looks. */
const LOOK_MS = 5000;
/** Looks that may follow each other so soon; each comes back after a while, for some hosts drop SYNs all day. */
const MOST_LOOKS = 6;
const REGAINED_MS = 30_000;

/** Rules of our namespace that refuse above a limit, read only while the probes see netfilter drop SYNs there. */
export function openLimitSource(options: { readonly view: HostView }): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const { tools } = looks;
  let failure: string | null = null;
  /** As of the last look; `null` before the first sample of the probes. */
  let dropped: number | null = null;
  let lookedMs: ElapsedMs = -LOOK_MS;
  let looksLeft = MOST_LOOKS;
  let countedMs: ElapsedMs = 0;
  /** The counters are compared with those of one more look, though no SYN may come until then. */
  let isFollowed = true;

  function droppedSyns(): number {
    return (
      (view.figure(view.own, 'probe.netfilter_drop_syn') ?? 0) +
      (view.figure(view.own, 'probe.netfilter_drop_syn_own') ?? 0)
    );
  }

  async function look(): Promise<void> {
    const { rules, end } = await findRules(tools, limitRuleOf, isHiddenLimit);
    failure = toolFailure('nft', end);
    view.addFigures(view.own, figuresOf(rules));
  }

  function isDue(elapsedMs: ElapsedMs): boolean {
    const now = droppedSyns();
    dropped ??= now;
    looksLeft = Math.min(MOST_LOOKS, looksLeft + (elapsedMs - countedMs) / REGAINED_MS);
    countedMs = elapsedMs;
    if (elapsedMs - lookedMs < LOOK_MS || looksLeft < 1) return false;
    const isWorth = now - dropped >= WORTH_SYNS;
    if (!isWorth && isFollowed) return false;
    isFollowed = !isWorth;
    dropped = now;
    return true;
  }

  return {
    poll(elapsedMs) {
      if (!looks.isFree || !isDue(elapsedMs)) return [];
      lookedMs = elapsedMs;
      looksLeft -= 1;
      looks.start(look);
      return [];
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
    get unreadable() {
      return failure === null ? [] : [{ what: 'rules that limit connections', why: failure }];
    },
  };
}

function figuresOf(rules: readonly LimitRule[]): Figures {
  const counted = (kind: LimitRule['kind']): number | null => {
    const counts = rules.flatMap((rule) => (rule.kind === kind ? (rule.packets ?? []) : []));
    return counts.length === 0 ? null : counts.reduce((sum, packets) => sum + packets, 0);
  };
  const limits = rules.flatMap(({ most }) => most ?? []);
  return {
    'rules.connection_limit_packets': counted('connections'),
    'rules.connection_limit': limits.length === 0 ? null : Math.min(...limits),
    'rules.rate_limit_packets': counted('rate'),
  };
}
