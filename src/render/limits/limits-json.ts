import type { Window } from '../../model/index.js';
import type { Ladder, Rung, SetLimit } from '../../limits/index.js';
import { ceilingJson } from './ceiling-json.js';
import { entriesJson } from './entries.js';
import type { Entries } from './entries.js';
import { ceilingScopeWords, suspectWords, whereWords } from './limits-words.js';
import { safeJson } from '../safe-text.js';

/** Version of the shape that `limits --format json` prints. */
const SCHEMA = 1;

/** The ladder as JSON: `limits --format json`, see docs/limits.schema.json. */
export function limitsJson(ladder: Ladder, window: Window, entries: Entries | null = null): string {
  const { header, last } = window;
  const at = (elapsedMs: number): string => new Date(header.startedAtMs + elapsedMs).toISOString();
  const json = {
    schema: SCHEMA,
    host: header.host,
    kernel: header.kernel,
    window: { from: at(window.fromMs), to: at(window.toMs), seconds: (window.toMs - window.fromMs) / 1000 },
    ceilings: ladder.rungs.map((rung) => rungJson(rung, ladder, window)),
    others: ladder.others.map(settingJson),
    plateaus: ladder.plateaus.map((suspectedPlateau) => ({
      gauge: suspectedPlateau.gauge,
      netns: suspectedPlateau.netns,
      level: suspectedPlateau.level,
      attempts: suspectedPlateau.attempts,
      suspects: suspectedPlateau.suspects.map((suspect) => ({
        name: suspect.name,
        limit: suspect.limit,
        used: suspect.client?.connections ?? suspect.ceiling?.used ?? null,
        verdict: suspect.verdict,
        words: suspectWords(suspect, window),
      })),
    })),
    clients:
      ladder.clients?.map(({ netns, peer, port, connections, range }) => ({
        netns,
        peer,
        port,
        connections,
        ports: range.ports,
        range: range.of,
      })) ?? null,
    entries: entries === null ? null : entriesJson(entries),
    coverage: {
      inContainer: last.settings?.inContainer ?? null,
      reader: last.settings?.reader ?? null,
      unreadable: [...(last.coverage?.unreadable ?? []), ...(last.settings?.unreadable ?? [])],
    },
  };
  return safeJson(JSON.stringify(json, null, 2));
}

function rungJson(rung: Rung, ladder: Ladder, window: Window): object {
  const { ceiling, setting, service } = rung;
  return {
    ...ceilingJson(ceiling),
    setting: setting === null ? null : settingJson(setting),
    service: service === null ? null : { unit: service.unit, by: service.by, nofile: service.nofile },
    words: `${ceilingScopeWords(ceiling, window)}; ${whereWords(rung, ladder.others)}`,
  };
}

function settingJson({ name, scope, drift }: SetLimit): object {
  return {
    name,
    scope,
    running: drift.running,
    verdict: drift.verdict,
    file: drift.file,
    withoutEffect: drift.loses,
    kernelDefault: drift.kernelDefault,
    heldBy: drift.heldBy,
  };
}
