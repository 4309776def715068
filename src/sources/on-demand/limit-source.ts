import type { ElapsedMs, Netns } from '../../records/index.js';
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

interface Place {
  /** As of the last look. */
  dropped: number;
  lookedMs: ElapsedMs;
  looksLeft: number;
  countedMs: ElapsedMs;
  /** The counters are compared with those of one more look, though no SYN may come until then. */
  isFollowed: boolean;
}

/** Rules of a namespace that refuse above a limit, read only while the probes see netfilter drop SYNs there. */
export function openLimitSource(options: { readonly view: HostView }): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const places = new Map<Netns, Place>();
  let failure: string | null = null;

  function droppedSyns(netns: Netns): number {
    return (
      (view.figure(netns, 'probe.netfilter_drop_syn') ?? 0) +
      (view.figure(netns, 'probe.netfilter_drop_syn_own') ?? 0)
    );
  }

  async function look(netns: Netns, file: string | null): Promise<void> {
    const { rules, end } = await findRules(looks.tools, limitRuleOf, { isHidden: isHiddenLimit, file });
    failure = toolFailure('nft', end);
    view.addFigures(netns, figuresOf(rules));
  }

  /** What was dropped before a namespace was known is no reason for a look; ours is known from the start. */
  function placeOf(netns: Netns, elapsedMs: ElapsedMs): Place {
    let place = places.get(netns);
    if (place === undefined) {
      const dropped = droppedSyns(netns);
      place = {
        dropped,
        lookedMs: -LOOK_MS,
        looksLeft: MOST_LOOKS,
        countedMs: elapsedMs,
        isFollowed: true,
      };
      places.set(netns, place);
    }
    return place;
  }

  function isDue(netns: Netns, elapsedMs: ElapsedMs): boolean {
    const place = placeOf(netns, elapsedMs);
    const now = droppedSyns(netns);
    place.looksLeft = Math.min(MOST_LOOKS, place.looksLeft + (elapsedMs - place.countedMs) / REGAINED_MS);
    place.countedMs = elapsedMs;
    if (elapsedMs - place.lookedMs < LOOK_MS || place.looksLeft < 1) return false;
    const isWorth = now - place.dropped >= WORTH_SYNS;
    if (!isWorth && place.isFollowed) return false;
    Object.assign(place, { isFollowed: !isWorth, dropped: now, lookedMs: elapsedMs });
    place.looksLeft -= 1;
    return true;
  }

  return {
    poll(elapsedMs) {
      if (!looks.isFree) return [];
      const due = [{ netns: view.own, file: null }, ...view.namespaces].find(({ netns }) =>
        isDue(netns, elapsedMs),
      );
      if (due !== undefined) looks.start(() => look(due.netns, due.file));
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
