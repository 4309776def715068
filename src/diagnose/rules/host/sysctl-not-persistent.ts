import type { Window } from '../../../model/index.js';
import { peakUse, setLimitsOf } from '../../../limits/index.js';
import type { SetLimit } from '../../../limits/index.js';
import { isMetricName } from '../../../records/index.js';
import type { Evidence, Finding, Subject } from '../../finding.js';
import { rateConfidence } from '../../evidence/confidence.js';

/**
 * A limit that is not what its file says, or will not be after the next boot: the file was read before the module
 * loaded, something has written over it, or it was only set by hand while what is used depends on it. A value that
 * is merely set by hand, with room to spare below the kernel's own, harms nothing.
 */
export function sysctlNotPersistent(window: Window): Finding[] {
  const { settings } = window.last;
  // In a container the files are not those that set the host's limits.
  if (settings === null || settings.inContainer) return [];
  return setLimitsOf(window).flatMap((limit) =>
    isWorthReporting(window, limit) ? [makeFinding(window, limit)] : [],
  );
}

function isWorthReporting(window: Window, limit: SetLimit): boolean {
  const { verdict, running, file, kernelDefault } = limit.drift;
  const { reader } = window.last.settings ?? { reader: null };
  if (limit.scope === 'netns' && window.last.settings?.inInitNetns !== true) return false;
  switch (verdict) {
    case 'lost-at-module-load':
    case 'lost-at-next-boot':
      return true;
    case 'drift':
      // Where nothing is known to read the files, they ask for nothing.
      return reader !== null;
    case 'overwritten-by-kube-proxy':
      // A limit higher than asked for refuses nothing.
      return Number(running) < Number(file?.value);
    case 'run-time-only': {
      const peak = peakUse(window, limit);
      return reader !== null && peak !== null && kernelDefault !== null && peak > Number(kernelDefault.value);
    }
    case 'same':
    case 'set-by-kube-proxy':
    case 'default':
    case 'unset':
    case 'unknown':
      return false;
  }
}

function makeFinding(window: Window, limit: SetLimit): Finding {
  const { drift } = limit;
  const subject: Subject =
    limit.scope === 'node' || window.header.netns === null
      ? { kind: 'node' }
      : { kind: 'netns', netns: window.header.netns, label: null };
  const level = (
    metric: Evidence['metric'],
    value: string | undefined,
    ceiling: number | null,
  ): Evidence[] =>
    value === undefined
      ? []
      : [{ metric, measure: 'level', value: numberOf(value), limit: ceiling, source: 'kernel', subject }];
  const metric = isMetricName(drift.name) ? drift.name : 'net.ipv4.ip_local_port_range.high';
  const peak = limit.used === null ? null : peakUse(window, limit);
  return {
    code: 'sysctl-not-persistent',
    severity: 'warning',
    ...confidenceOf(window, drift.verdict),
    subject,
    refused: 0,
    refusedPerSec: null,
    evidence: [
      ...level(metric, drift.running ?? undefined, null),
      ...level('setting.file', drift.file?.value, null),
      ...level('setting.default', drift.kernelDefault?.value, null),
      ...(limit.used === null || drift.verdict !== 'run-time-only'
        ? []
        : level(limit.used, peak === null ? undefined : String(peak), numberOf(drift.running ?? ''))),
    ],
    against: [],
    sinceMs: window.fromMs,
    untilMs: null,
    causedBy: null,
    setting: drift,
    fixes: [{ id: 'keep-sysctl', setting: drift, reader: window.last.settings?.reader ?? null }],
  };
}

function confidenceOf(
  window: Window,
  verdict: SetLimit['drift']['verdict'],
): Pick<Finding, 'confidence' | 'confidenceReasons'> {
  // That the value is the kernel's own while a file says otherwise leaves no other story.
  if (verdict === 'lost-at-module-load') return rateConfidence(window, 0.95, 'file-and-default');
  if (verdict === 'lost-at-next-boot') return rateConfidence(window, 0.8, 'file-untried');
  return rateConfidence(window, verdict === 'run-time-only' ? 0.9 : 0.8, 'files-alone');
}

/** The last figure of a value: that of a range is its end. */
function numberOf(value: string): number | null {
  const last = Number(value.trim().split(/\s+/).at(-1));
  return value.trim() !== '' && Number.isSafeInteger(last) ? last : null;
}
