import { Counter, Gauge, Registry } from 'prom-client';
import type { OpenMetricsContentType } from 'prom-client';
import { FAMILIES, FAMILY_NAMES } from './families.js';
import type { FamilyName } from './families.js';
import type { Sample } from './samples.js';

/** How metrics are written; both name their content type. */
export type ExpositionFormat = 'prometheus' | 'openmetrics';

/** The content type of each format. */
export const CONTENT_TYPES = {
  prometheus: Registry.PROMETHEUS_CONTENT_TYPE,
  openmetrics: Registry.OPENMETRICS_CONTENT_TYPE,
} as const;

/** Writes samples; families without one are left out. */
export async function expositionOf(samples: readonly Sample[], format: ExpositionFormat): Promise<string> {
  // A registry for each text: series that are gone need no forgetting.
  const registry = createRegistry(format);
  for (const name of FAMILY_NAMES) {
    const ofFamily = samples.filter((sample) => sample.name === name);
    if (ofFamily.length > 0) addFamily(registry, name, ofFamily);
  }
  return registry.metrics();
}

type AnyRegistry = Registry | Registry<OpenMetricsContentType>;

function createRegistry(format: ExpositionFormat): AnyRegistry {
  if (format === 'prometheus') return new Registry();
  const registry = new Registry<OpenMetricsContentType>();
  registry.setContentType(CONTENT_TYPES.openmetrics);
  return registry;
}

function addFamily(registry: AnyRegistry, name: FamilyName, samples: readonly Sample[]): void {
  const { type, help, labels } = FAMILIES[name];
  const config = { name, help, labelNames: labels, registers: [registry] };
  if (type === 'counter') {
    const counter = new Counter<string>(config);
    for (const sample of samples) counter.inc(sample.labels, sample.value);
    return;
  }
  const gauge = new Gauge<string>(config);
  for (const sample of samples) gauge.set(sample.labels, sample.value);
}

/** The format that a scraper asks for in `Accept`; the older one when it does not mind. */
export function negotiateFormat(accept: string | undefined): ExpositionFormat {
  const openMetrics = qualityOf(accept ?? '', 'application/openmetrics-text');
  const prometheus = qualityOf(accept ?? '', 'text/plain');
  return openMetrics > 0 && openMetrics >= prometheus ? 'openmetrics' : 'prometheus';
}

/** The highest `q` that is given to a type; 0 where it is not named. */
function qualityOf(accept: string, wanted: string): number {
  const qualities = accept.split(',').flatMap((range) => {
    const [type = '', ...parameters] = range.split(';').map((part) => part.trim().toLowerCase());
    if (type !== wanted) return [];
    const quality = parameters.find((parameter) => parameter.startsWith('q='))?.slice(2);
    return [quality === undefined ? 1 : Number(quality) || 0];
  });
  return Math.max(0, ...qualities);
}
