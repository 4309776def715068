import type { HookCoverage, MetricName } from '../records/index.js';
import type { Stall, StallId } from './report.js';

/** What the probes counted in the namespace of the load. */
export interface ProbeFigures {
  /** A metric that is absent was not counted there: 0. */
  readonly values: ReadonlyMap<MetricName, number>;
  /** Overflows at a listener, by its port. */
  readonly overflowsAt: ReadonlyMap<number, number>;
}

/** One figure of a probe beside what it should be. */
export interface FigureProof {
  readonly stall: StallId;
  readonly probe: number;
  /** The kernel's own counter, which decides; `null` where there is none. */
  readonly kernel: number | null;
  /** What the load was told itself, which decides where the kernel counts nothing; `null` where it was not told. */
  readonly load: number | null;
}

/** How one hook fared. */
export interface HookProof {
  readonly hook: string;
  readonly variant: string | null;
  /** `unproven`: nothing could be compared; the reasons say why. */
  readonly verdict: 'proven' | 'off' | 'unproven';
  readonly figures: readonly FigureProof[];
  /** Why a figure, or the whole hook, was not compared; clauses. */
  readonly reasons: readonly string[];
}

/** Which figure of which hook a stall shows. */
const SHOWN_BY: Readonly<
  Record<StallId, { readonly hook: string; readonly metric: MetricName | 'listener.overflows' }>
> = {
  // By listener: a few may overflow at their ACK where the kernel puts its work off, and each hook counts its own.
  'accept-queue-syn': { hook: 'tcp-syn', metric: 'listener.overflows' },
  'syn-cookies': { hook: 'tcp-syn', metric: 'probe.syn_cookie' },
  'syn-queue': { hook: 'tcp-syn', metric: 'probe.syn_queue_drop' },
  'accept-queue-ack-v4': { hook: 'tcp-accept-ack-v4', metric: 'listener.overflows' },
  'accept-queue-ack-v6': { hook: 'tcp-accept-ack-v6', metric: 'listener.overflows' },
  'no-port': { hook: 'sys-connect', metric: 'probe.connect_eaddrnotavail' },
  'no-descriptor': { hook: 'sys-accept', metric: 'probe.accept_emfile' },
  'rule-drop': { hook: 'netfilter-drop', metric: 'probe.netfilter_drop' },
  'rule-drop-syn': { hook: 'netfilter-drop', metric: 'probe.netfilter_drop_syn' },
  'rule-drop-syn-own': { hook: 'netfilter-drop', metric: 'probe.netfilter_drop_syn_own' },
  'conntrack-insert': { hook: 'conntrack-insert', metric: 'probe.insert' },
  'conntrack-destroy': { hook: 'conntrack-destroy', metric: 'probe.destroy' },
};

/** Hooks that no stall in a namespace can show, and why. */
const UNPROVABLE: Readonly<Record<string, string>> = {
  'conntrack-drop':
    "nf_conntrack_max is the whole node's: a full table would refuse the host's own connections",
  'inet-bind': 'no stall of bind(2) is made',
  'tc-drop': 'no program of tc is attached',
};

/** Sets the probes' figures beside those of the kernel and of the load, hook by hook. */
export function compareHooks(
  hooks: readonly HookCoverage[],
  stalls: readonly Stall[],
  probe: ProbeFigures,
): HookProof[] {
  return hooks.map(({ hook, variant, state, reason }) => {
    if (state !== 'attached')
      return unproven(hook, variant, [`the probe is not attached: ${reason ?? state}`]);
    const own = stalls.filter(({ id }) => SHOWN_BY[id].hook === hook);
    if (own.length === 0) return unproven(hook, variant, [UNPROVABLE[hook] ?? 'no stall shows it']);
    const compared = own.map((stall) => compareStall(stall, probe));
    const figures = compared.filter((item) => typeof item !== 'string');
    const reasons = [...new Set(compared.filter((item) => typeof item === 'string'))];
    if (figures.length === 0) return unproven(hook, variant, reasons);
    const isOff = figures.some((figure) => offBy(figure) !== 0);
    return { hook, variant, verdict: isOff ? 'off' : 'proven', figures, reasons };
  });
}

/** By how much the probe counted too many; too few are negative. */
export function offBy({ probe, kernel, load }: FigureProof): number {
  return probe - (kernel ?? load ?? 0);
}

/** Every hook unproven, for one reason that holds for all. */
export function proveNothing(hooks: readonly HookCoverage[], reason: string): HookProof[] {
  return hooks.map(({ hook, variant }) => unproven(hook, variant, [reason]));
}

function unproven(hook: string, variant: string | null, reasons: readonly string[]): HookProof {
  return { hook, variant, verdict: 'unproven', figures: [], reasons };
}

/** A stall that did not come about proves nothing: 0 is also what a probe says that sees nothing. */
function compareStall(stall: Stall, probe: ProbeFigures): FigureProof | string {
  const { id, kernel, load, port, skipped } = stall;
  if (skipped !== null) return skipped;
  const expected = kernel ?? load;
  if (expected === null) return `${id}: its figures could not be read`;
  if (expected === 0) return `${id}: the stall did not come about`;
  const { metric } = SHOWN_BY[id];
  const counted =
    metric === 'listener.overflows' ? probe.overflowsAt.get(port ?? -1) : probe.values.get(metric);
  return { stall: id, probe: counted ?? 0, kernel, load };
}
