import { notrackRules } from '../../plan/index.js';
import type { Plan, Setting } from '../../plan/index.js';
import { UNBOUNDED_NOFILE } from '../words/nofile.js';
import { isUnboundedSetting, userWords, whyWords } from './plan-words.js';
import { safeJson } from '../safe-text.js';

/** Version of the shape that `plan --format json` prints, and `plan --check` reads. */
const PLAN_SCHEMA = 1;

/** The plan as JSON: `plan --format json`. */
export function planJson(plan: Plan): string {
  const { target, host, memory, sources, conntrackUse } = plan;
  return safeJson(
    `${JSON.stringify(
      {
        schema: PLAN_SCHEMA,
        target: {
          connections: target.connections,
          ratePerSec: target.ratePerSec,
          rateAssumed: target.rateAssumed,
          for: target.profile,
          listen: target.ports,
        },
        host: { name: host.host, kernel: host.kernel, memoryBytes: plan.memoryBytes, cpus: plan.cpus },
        fits: memory.fits,
        mostConnections: memory.most,
        stopsFirst: plan.stopsFirst?.name ?? null,
        stopsAt: plan.stopsFirst?.stopsAt ?? null,
        slowsFirst: plan.slowsFirst?.name ?? null,
        slowsAtRate: plan.slowsFirst?.stopsAtRate ?? null,
        unknown: plan.unknown,
        settings: plan.settings.map((setting) => settingJson(setting, plan)),
        memory: {
          totalBytes: Math.round(memory.totalBytes),
          reservedBytes: Math.round(memory.reservedBytes),
          perConnectionBytes: Math.round(memory.perConnectionBytes),
          perConnection: memory.perConnection.map((connectionCost) => ({
            ...connectionCost,
            bytes: Math.round(connectionCost.bytes),
          })),
        },
        conntrack: {
          verdict: conntrackUse.verdict,
          usedBy: conntrackUse.users.map(userWords),
          why: conntrackUse.why,
          notrack: conntrackUse.notrackSafe && target.ports.length > 0 ? notrackRules(target.ports) : null,
        },
        sources: { ...sources },
      },
      null,
      2,
    )}\n`,
  );
}

function settingJson(setting: Setting, plan: Plan): object {
  const { name, kind, scope, current, needed, action, why, costBytes, stopsAt, stopsAtRate } = setting;
  return {
    name,
    kind,
    scope,
    current,
    needed,
    action,
    why: isUnboundedSetting(setting) ? `${whyWords(why)}; now too large: ${UNBOUNDED_NOFILE}` : whyWords(why),
    rule: why,
    costBytes: costBytes === null ? null : Math.round(costBytes),
    stopsAt,
    stopsAtRate,
    stopsFirst: setting === plan.stopsFirst,
  };
}
