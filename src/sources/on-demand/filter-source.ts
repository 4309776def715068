import type { ElapsedMs } from '../../records/index.js';
import type { HostView } from '../host-view.js';
import type { Source } from '../source.js';
import { toolFailure } from '../tools/tool-failure.js';
import { filterDropsIn, xdpDropsIn } from './filter-drops.js';
import { createLooks } from './looks.js';
import type { Looks } from './looks.js';

/** Between two looks; the second comes sooner, so that a short run has a difference. */
const LOOK_MS = { second: 5000, else: 10_000 };
/** Interfaces with XDP that are asked: each costs a process. */
const MAX_INTERFACES = 4;
const LIMITS = { timeoutMs: 5000, maxBytes: 4 * 1024 * 1024 };

/**
 * What filters of tc and XDP programs of our namespace drop, only where there are any. Of tc it is not asked while the
 * probe sees that nothing is dropped there; of XDP no probe sees anything.
 */
export function openFilterSource(options: { readonly view: HostView }): Source & Pick<Looks, 'settled'> {
  const { view } = options;
  const looks = createLooks();
  const { tools } = looks;
  let lookedMs: ElapsedMs | null = null;
  let looked = 0;
  /** Drops that the probe had counted at the last look. */
  let probed: number | null = null;
  let failure: string | null = null;

  async function linesOf(command: readonly [string, ...string[]]): Promise<string[]> {
    const lines: string[] = [];
    const end = await tools.run(command, (line) => lines.push(line), LIMITS);
    failure ??= toolFailure(command[0] === 'tc' ? 'tc' : 'ethtool', end);
    return lines;
  }

  async function look(asksTc: boolean): Promise<void> {
    failure = null;
    if (asksTc)
      view.addFigures(view.own, {
        'tc.filter_dropped': filterDropsIn(await linesOf(['tc', '-s', 'qdisc', 'show'])),
      });
    const dropped: number[] = [];
    for (const name of view.filtered.xdp.slice(0, MAX_INTERFACES))
      dropped.push(...[xdpDropsIn(await linesOf(['ethtool', '-S', name]))].flatMap((count) => count ?? []));
    if (dropped.length > 0)
      view.addFigures(view.own, { 'xdp.dropped': dropped.reduce((sum, count) => sum + count, 0) });
  }

  /** Whether filters of tc may have dropped something since the last look. */
  function isTcSuspect(): boolean {
    if (view.filtered.tc.length === 0) return false;
    const now = view.figure(view.own, 'probe.tc_drop');
    const suspect = now === null || probed === null || now > probed;
    probed = now;
    return suspect;
  }

  return {
    poll(elapsedMs) {
      const everyMs = looked === 1 ? LOOK_MS.second : LOOK_MS.else;
      if (!looks.isFree || (lookedMs !== null && elapsedMs - lookedMs < everyMs)) return [];
      const asksTc = isTcSuspect();
      if (!asksTc && view.filtered.xdp.length === 0) return [];
      lookedMs = elapsedMs;
      looked += 1;
      looks.start(() => look(asksTc));
      return [];
    },
    stop: () => looks.stop(),
    settled: () => looks.settled(),
    kill: () => looks.kill(),
    get unreadable() {
      return failure === null ? [] : [{ what: 'what tc filters and XDP programs drop', why: failure }];
    },
  };
}
