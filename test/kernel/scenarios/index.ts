import type { Scenario } from '../scenario.js';
import { acceptQueueOverflow, acceptQueueOverflowAtAck } from './accept-queue-overflow.js';
import { conntrackMatrix } from './conntrack-matrix.js';
import { conntrackBelowLimit, conntrackTableFull } from './conntrack-table-full.js';
import { exporter } from './exporter.js';
import { fixesUndone } from './fixes-undone.js';
import { demo } from './demo.js';
import { fixesWork } from './fixes-work.js';
import { fragments } from './fragments.js';
import { guest } from './guest.js';
import { hooks } from './hooks.js';
import { hostLimits } from './host-limits.js';
import { leavesNothing } from './leaves-nothing.js';
import { moreCauses } from './more-causes.js';
import { noFalseAlarm } from './no-false-alarm.js';
import { networkLimits } from './network-limits.js';
import { otherLimits } from './other-limits.js';
import { packetLosses } from './packet-losses.js';
import { prove } from './prove.js';
import { privileges } from './privileges.js';
import { survival } from './survival.js';
import { planClosesTheLoop } from './plan-closes-the-loop.js';
import { limits } from './limits.js';
import { loadGenerator } from './load-generator.js';
import { runtimeLimits } from './runtime-limits.js';
import { screenIncident } from './screen-incident.js';
import { sizing } from './sizing.js';
import { unit } from './unit.js';

/** In the order they run: the cheapest, which the others rest on, first. */
export const scenarios: readonly Scenario[] = [
  guest,
  loadGenerator,
  leavesNothing,
  fragments,
  hooks,
  prove,
  otherLimits,
  limits,
  networkLimits,
  packetLosses,
  moreCauses,
  hostLimits,
  runtimeLimits,
  noFalseAlarm,
  fixesWork,
  fixesUndone,
  acceptQueueOverflow,
  acceptQueueOverflowAtAck,
  conntrackMatrix,
  conntrackBelowLimit,
  conntrackTableFull,
  exporter,
  screenIncident,
  survival,
  privileges,
  planClosesTheLoop,
  sizing,
  demo,
  unit,
];
