import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs';
import { createServer } from 'node:net';
import type { AddressInfo } from 'node:net';
import { tmpdir } from 'node:os';
import { join } from 'node:path';
import { setTimeout as pause } from 'node:timers/promises';
import { fileURLToPath } from 'node:url';
import { execa, execaSync } from 'execa';
import { afterAll, beforeAll, describe, expect, it } from 'vitest';
import { createHostWatch } from '../../src/commands/exporter/host-watch.js';
import { createMetricsPage } from '../../src/commands/exporter/metrics-page.js';
import { openMetricsServer } from '../../src/commands/exporter/metrics-server.js';
import type { HostSnapshot } from '../../src/exporter/index.js';
import { createDashboard } from '../../scripts/dashboard/dashboard.js';
import { readBundled } from '../scenarios/bundled.js';

const prometheus = execaSync('prometheus', ['--version'], { reject: false }).exitCode === 0;
if (!prometheus) console.warn('SKIPPED, prometheus is not installed: the expressions of the dashboard');

/** The expressions of all panels, with what Grafana puts in for its variables. */
const expressions = JSON.stringify(createDashboard())
  .match(/"expr":"(?:[^"\\]|\\.)*"/g)
  ?.map((pair) => (JSON.parse(`{${pair}}`) as { expr: string }).expr)
  .map((expr) =>
    expr.replaceAll('$__rate_interval', '10s').replaceAll('$job', '.*').replaceAll('$instance', '.*'),
  );

const RULES = fileURLToPath(new URL('../../packaging/prometheus/ctdiag.rules.yml', import.meta.url));

/** Snapshots of a recorded incident, the one to show with the table filling and refusing. */
const { header, records } = await readBundled('conntrack-table-full');
const UNSEEN = { version: '1.2.3', window: null, diagnosis: null, refused: [], ringDropped: 0 };
const snapshots: HostSnapshot[] = [];
const watch = createHostWatch(header, {
  thresholds: undefined,
  onFrame: (snapshot) => snapshots.push({ ...UNSEEN, ...snapshot }),
  onVerdict: () => undefined,
});
for (const record of records) watch.take(record);
const full = snapshots.find(({ diagnosis }) => diagnosis?.status === 'critical') ?? UNSEEN;
const healthy = snapshots.find(({ diagnosis }) => diagnosis?.status === 'ok') ?? UNSEEN;

async function freePort(): Promise<number> {
  const server = createServer().listen(0, '127.0.0.1');
  await new Promise((resolve) => server.once('listening', resolve));
  const { port } = server.address() as AddressInfo;
  await new Promise((resolve) => server.close(resolve));
  return port;
}

describe.skipIf(!prometheus)(
  'the dashboard and the rules, asked of a real Prometheus that scrapes the exporter',
  () => {
    const folder = mkdtempSync(join(tmpdir(), 'ctdiag-prometheus-'));
    const ended = new AbortController();
    let url = '';
    const page = createMetricsPage(full, header.intervalMs);
    let close: () => void = () => undefined;

    beforeAll(async () => {
      const exporter = await openMetricsServer({ host: '127.0.0.1', port: 0 }, page);
      close = () => exporter.close();
      const config = {
        global: { scrape_interval: '1s', evaluation_interval: '1s' },
        rule_files: [RULES],
        scrape_configs: [{ job_name: 'ctdiag', static_configs: [{ targets: [new URL(exporter.url).host] }] }],
      };
      // JSON is YAML.
      writeFileSync(join(folder, 'prometheus.yml'), JSON.stringify(config));
      const address = `127.0.0.1:${await freePort()}`;
      url = `http://${address}`;
      void execa(
        'prometheus',
        [
          `--config.file=${folder}/prometheus.yml`,
          `--storage.tsdb.path=${folder}/data`,
          `--web.listen-address=${address}`,
        ],
        { reject: false, stdio: 'ignore', cancelSignal: ended.signal },
      );
    });
    afterAll(() => {
      ended.abort();
      close();
      rmSync(folder, { recursive: true, force: true });
    });

    /** Series of an expression, as soon as there are any; an error of the expression itself at once. */
    async function ask(expr: string): Promise<readonly unknown[]> {
      for (;;) {
        const query = `${url}/api/v1/query?${new URLSearchParams({ query: expr }).toString()}`;
        const response = await fetch(query).catch(() => null);
        const answer = response?.status === 503 ? null : ((await response?.json()) as Answer | undefined);
        if (answer?.status === 'error') throw new Error(`${expr}: ${answer.error}`);
        if ((answer?.data.result.length ?? 0) > 0) return answer?.data.result ?? [];
        await pause(100);
      }
    }

    it('has expressions', () => expect(expressions?.length).toBeGreaterThan(10));

    it.each(expressions ?? [])('%s', async (expr) => {
      expect((await ask(expr)).length).toBeGreaterThan(0);
    });

    it('counts the host that refuses', async () => {
      const [refusing = ''] = expressions ?? [];
      for (;;) {
        const [sample] = (await ask(refusing)) as { value: [number, string] }[];
        if (sample?.value[1] === '1') return;
        await pause(100);
      }
    });

    it('alerts with host, cause and namespace, and resolves once the host is healthy', async () => {
      const firing = async (): Promise<Alert | undefined> => {
        const response = await fetch(`${url}/api/v1/alerts`);
        const { data } = (await response.json()) as { data: { alerts: Alert[] } };
        return data.alerts.find(({ labels }) => labels['alertname'] === 'CtdiagConnectionsRefused');
      };
      let alert = await firing();
      for (; alert === undefined; alert = await firing()) await pause(100);
      expect(alert).toMatchObject({
        state: 'firing',
        labels: { netns: 'netns server', severity: 'critical' },
      });
      expect(alert.annotations['summary']).toMatch(
        /^127\.0\.0\.1:\d+ refuses new connections: conntrack-table-full in netns server$/,
      );
      page.show(healthy);
      while ((await firing()) !== undefined) await pause(100);
    });
  },
);

interface Alert {
  readonly state: string;
  readonly labels: Readonly<Record<string, string>>;
  readonly annotations: Readonly<Record<string, string>>;
}

interface Answer {
  readonly status: 'success' | 'error';
  readonly error: string;
  readonly data: { readonly result: readonly unknown[] };
}

it('is the file that is packaged', () => {
  const packaged = readFileSync(new URL('../../packaging/grafana/ctdiag.json', import.meta.url), 'utf8');
  expect(JSON.parse(packaged)).toEqual(JSON.parse(JSON.stringify(createDashboard())));
});
