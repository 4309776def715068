import type { LoadReport, Stall, StallId } from '../report.js';
import { fillSynQueues, overflowAtAck, overflowAtSyn } from './full-queues.js';
import { inodeOf, whyNotAlone } from './own-namespace.js';
import { useUpDescriptors, useUpPorts } from './ports-and-descriptors.js';
import { prepareRoutes } from './routes.js';
import { dropByRules, trackFlows } from './rules.js';
import { skippedStalls } from './stalls.js';

/** What is made, one after the other: each must end before the next, so that a counter's growth is its own. */
const STEPS: readonly (readonly [ids: readonly StallId[], make: () => Promise<Stall[]>])[] = [
  [['accept-queue-syn'], overflowAtSyn],
  [['syn-cookies', 'syn-queue'], fillSynQueues],
  [['accept-queue-ack-v4'], () => overflowAtAck(4)],
  [['accept-queue-ack-v6'], () => overflowAtAck(6)],
  [['no-port'], useUpPorts],
  [['no-descriptor'], useUpDescriptors],
  [['rule-drop', 'rule-drop-syn', 'rule-drop-syn-own'], dropByRules],
  [['conntrack-insert', 'conntrack-destroy'], trackFlows],
];

/** Makes the stalls in this network namespace, which must be new and nobody else's. */
export async function runLoad(parentNetns: number): Promise<LoadReport> {
  const why = whyNotAlone(parentNetns);
  const netns = inodeOf('self');
  if (why !== null || netns === null) return { refused: why ?? 'its network namespace has no name' };
  try {
    prepareRoutes();
  } catch (error) {
    const ids = STEPS.flatMap(([stallIds]) => stallIds);
    return { netns, stalls: skippedStalls(ids, messageOf(error)) };
  }
  const stalls: Stall[] = [];
  for (const [ids, make] of STEPS)
    stalls.push(...(await make().catch((error: unknown) => skippedStalls(ids, messageOf(error)))));
  return { netns, stalls };
}

function messageOf(error: unknown): string {
  return error instanceof Error ? error.message : String(error);
}
