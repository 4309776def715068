import type { Diagnosis, Evidence, Finding, Subject } from '../../diagnose/index.js';
import { nearestFirst } from '../../model/index.js';
import type { Window } from '../../model/index.js';
import { ceilingJson } from '../limits/ceiling-json.js';
import type { FlowGroup } from '../../records/index.js';
import { FIELDS } from '../fields.js';
import { fixWords } from '../words/fixes/index.js';
import { safeJson } from '../safe-text.js';
import { confidenceWords } from '../words/evidence.js';
import { addressOf } from '../words/subjects.js';
import { manualOf, titleOf } from '../words/titles.js';

/** Version of the shape that `diagnose --format json` prints. */
const SCHEMA = 1;

/** How the JSON of a diagnosis is laid out: over several lines for people, or a line for logs. */
export type JsonLayout = 'indented' | 'line';

/** The diagnosis for machines: `diagnose --format json`. Names and texts are as given, escaped so that printing is safe. */
export function diagnosisJson(diagnosis: Diagnosis, window: Window, layout: JsonLayout = 'indented'): string {
  const at = (elapsedMs: number): string => new Date(window.header.startedAtMs + elapsedMs).toISOString();
  const coverage = window.last.coverage;
  const hooks = coverage?.hooks ?? [];
  const json = JSON.stringify(
    {
      schema: SCHEMA,
      status: diagnosis.status,
      measuring: diagnosis.measuring,
      findings: diagnosis.findings.map((finding) => findingJson(finding, window, at)),
      flows: flowsJson(window, at),
      ceilings: nearestFirst(window.ceilings).map(ceilingJson),
      limitChanges: window.limitChanges.map(({ atMs, ...change }) => ({ at: at(atMs), ...change })),
      coverage: {
        probes: coverage?.probes ?? 'off',
        reason: coverage?.reason ?? null,
        bpftrace: coverage?.bpftraceVersion ?? null,
        hooksWanted: hooks.length,
        hooksAttached: hooks.filter((hook) => hook.state === 'attached').length,
        hooks,
        lostEvents: coverage?.lostEvents ?? 0,
        badLines: coverage?.badLines ?? 0,
        ...diagnosis.inputHealth,
        unreadable: coverage?.unreadable ?? [],
        blindSpots: diagnosis.coverage.blindSpots,
        unwatched: diagnosis.coverage.unwatched,
        gaps: window.gaps.map((gap) => ({ source: gap.source, reason: gap.reason, at: at(gap.atMs) })),
      },
      window: {
        from: at(window.fromMs),
        to: at(window.toMs),
        seconds: (window.toMs - window.fromMs) / 1000,
        frames: window.frameCount,
        host: window.header.host,
        kernel: window.header.kernel,
      },
    },
    null,
    layout === 'indented' ? 2 : undefined,
  );
  return safeJson(json);
}

function flowsJson(window: Window, at: (elapsedMs: number) => string): object | null {
  const { refusedFlows, openedFlows, last } = window;
  if (refusedFlows === null || openedFlows === null) return null;
  const named = (group: FlowGroup): object => ({
    ...group,
    label: last.netnsLabels.get(group.netns) ?? null,
  });
  return {
    since: at(refusedFlows.sinceMs),
    refused: refusedFlows.groups.map(named),
    refusedOthers: refusedFlows.others,
    opened: openedFlows.groups.map(named),
    openedOthers: openedFlows.others,
  };
}

function findingJson(finding: Finding, window: Window, at: (elapsedMs: number) => string): object {
  return {
    code: finding.code,
    severity: finding.severity,
    confidence: finding.confidence,
    confidenceWhy: confidenceWords(finding),
    title: titleOf(finding, window.header.netns),
    subject: subjectJson(finding.subject),
    refused: finding.refused,
    refusedPerSec: finding.refusedPerSec,
    evidence: finding.evidence.map(evidenceJson),
    against: finding.against.map(evidenceJson),
    since: at(finding.sinceMs),
    sinceStart: finding.sinceStart ?? false,
    until: finding.untilMs === null ? null : at(finding.untilMs),
    causedBy: finding.causedBy,
    fixes: finding.fixes.map((fix) => {
      const { kind, action, command, persist, undo, effect, caveat } = fixWords(fix, window.last.settings);
      return { kind, action, command, persist, undo, effect, caveat };
    }),
    manual: manualOf(finding.code),
  };
}

function evidenceJson(evidence: Evidence): object {
  const field = FIELDS[evidence.metric];
  return {
    metric: evidence.metric,
    measure: evidence.measure,
    value: evidence.value,
    unit: evidence.measure === 'rate' ? `${field.unit}/s` : field.unit,
    limit: evidence.limit,
    source: evidence.source,
    origin: field.origin,
    for: subjectJson(evidence.subject),
  };
}

function subjectJson(subject: Subject): object {
  switch (subject.kind) {
    case 'node':
      return { kind: 'node' };
    case 'netns':
      return { kind: 'netns', netns: subject.netns, label: subject.label };
    case 'listener': {
      const { listener } = subject;
      return {
        kind: 'listener',
        listener: addressOf(listener),
        address: listener.address,
        port: listener.port,
        backlog: listener.backlog,
        acceptQueue: listener.acceptQueue,
        owner: listener.owner,
        netns: listener.netns,
        label: subject.netnsLabel,
      };
    }
    case 'ports':
      return { kind: 'ports', ...subject.ports, label: subject.netnsLabel };
    case 'process':
      return { kind: 'process', ...subject.process };
  }
}
