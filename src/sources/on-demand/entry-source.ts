import { NODE_WIDE } from '../../records/index.js';
import type { ElapsedMs, Netns } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Figures } from '../kernel/parse.js';
import type { Source } from '../source.js';
import { inNamespace } from '../tools/run-tool.js';
import { toolFailure } from '../tools/tool-failure.js';
import { createEntrySampler } from './entry-sample.js';
import { createLookSource } from './look-source.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';

/** A table is looked into from this share of its limit on. */
const WORTH_SHARE = 0.8;
/** Between two looks into one table. */
const LOOK_MS = 30_000;
/** Some three thousand entries; conntrack(8) is ended there. */
const LIMITS = { timeoutMs: 5000, maxBytes: 512 * 1024 };

const UNKNOWN: Figures = {
  'entries.sampled': null,
  'entries.unreplied': null,
  'entries.unreplied_dnat': null,
  'entries.zone': null,
  'entries.in_zone': null,
  'entries.unlisted': null,
};

/** What nearly full conntrack tables are full of, by a bounded part of each: never the whole table. */
export function openEntrySource(options: { readonly view: HostView }): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const lookedMs = new Map<Netns, ElapsedMs>();
  let failure: string | null = null;

  const entriesIn = (netns: Netns): number => view.figure(netns, 'net.netfilter.nf_conntrack_count') ?? 0;

  function isWorth(netns: Netns): boolean {
    const limit = view.figure(NODE_WIDE, 'net.netfilter.nf_conntrack_max') ?? 0;
    return limit > 0 && entriesIn(netns) >= WORTH_SHARE * limit;
  }

  async function look(netns: Netns, file: string | null): Promise<void> {
    const sampler = createEntrySampler();
    const end = await looks.tools.run(
      inNamespace(file, ['conntrack', '-L']),
      (line) => sampler.take(line),
      LIMITS,
    );
    // That it was ended where enough was read is no failure.
    failure = end.isCut ? null : toolFailure('conntrack', end);
    const { sampled, unreplied, unrepliedDnat, zone } = sampler.result();
    if (failure !== null) {
      view.addFigures(netns, UNKNOWN);
      return;
    }
    view.addFigures(netns, {
      'entries.sampled': sampled,
      'entries.unreplied': unreplied,
      'entries.unreplied_dnat': unrepliedDnat,
      'entries.zone': zone?.zone ?? null,
      'entries.in_zone': zone?.entries ?? null,
      'entries.unlisted': end.isCut ? null : Math.max(0, entriesIn(netns) - sampled),
    });
  }

  function nextLook(elapsedMs: ElapsedMs): (() => Promise<void>) | null {
    for (const { netns, file } of [{ netns: view.own, file: null }, ...view.namespaces]) {
      const before = lookedMs.get(netns);
      if (!isWorth(netns)) {
        // What it was full of says nothing of what it holds now.
        if (before !== undefined) view.addFigures(netns, UNKNOWN);
        lookedMs.delete(netns);
        continue;
      }
      if (before !== undefined && elapsedMs - before < LOOK_MS) continue;
      lookedMs.set(netns, elapsedMs);
      return () => look(netns, file);
    }
    return null;
  }

  return createLookSource({
    looks,
    nextLook,
    what: 'what the conntrack table is full of',
    failure: () => failure,
  });
}
