import { afterEach, describe, expect, it } from 'vitest';
import { createHostWatch } from '../../../src/commands/exporter/host-watch.js';
import { createMetricsPage } from '../../../src/commands/exporter/metrics-page.js';
import type { MetricsPage } from '../../../src/commands/exporter/metrics-page.js';
import { openMetricsServer } from '../../../src/commands/exporter/metrics-server.js';
import type { HostSnapshot } from '../../../src/exporter/index.js';
import type { MetricsServer } from '../../../src/commands/exporter/metrics-server.js';
import { readBundled } from '../../scenarios/bundled.js';

const UNSEEN = { version: '1.2.3', window: null, diagnosis: null, refused: [], ringDropped: null };
const ANY_PORT = { host: '127.0.0.1', port: 0 };

const servers: MetricsServer[] = [];
afterEach(() => {
  for (const server of servers.splice(0)) server.close();
});

async function serve(page: MetricsPage): Promise<string> {
  const server = await openMetricsServer(ANY_PORT, page);
  servers.push(server);
  return server.url;
}

const { header, records } = await readBundled('conntrack-table-full');
const snapshots: HostSnapshot[] = [];
const events: string[] = [];
const watch = createHostWatch(header, {
  thresholds: undefined,
  onFrame: (snapshot) => snapshots.push({ ...UNSEEN, ...snapshot }),
  onVerdict: (line) => events.push(line),
});
for (const record of records) watch.take(record);

/** A page that shows a recorded incident, and the clock that it goes by. */
function incidentPage(): { page: MetricsPage; clock: { ms: number } } {
  const clock = { ms: 0 };
  const page = createMetricsPage(UNSEEN, header.intervalMs, () => clock.ms);
  for (const snapshot of snapshots) page.show(snapshot);
  return { page, clock };
}

describe('the http edge', () => {
  it('serves the metrics of a recorded incident', async () => {
    const url = await serve(incidentPage().page);
    const response = await fetch(`${url}/metrics`);
    expect(response.headers.get('content-type')).toBe('text/plain; version=0.0.4; charset=utf-8');
    const text = await response.text();
    expect(text).toMatch(/^ctdiag_finding\{code="conntrack-table-full",.*netns="netns server".*\} 1$/m);
    expect(text).not.toContain('# EOF');
  });

  it('serves OpenMetrics to who asks for it', async () => {
    const url = await serve(incidentPage().page);
    const response = await fetch(`${url}/metrics?x=1`, {
      headers: { accept: 'application/openmetrics-text;version=1.0.0,text/plain;q=0.5' },
    });
    expect(response.headers.get('content-type')).toMatch(/^application\/openmetrics-text; version=1\.0\.0/);
    expect(await response.text()).toMatch(/\n# EOF\n$/);
  });

  it('holds a connection longer than Prometheus, which might get no other from a full table', async () => {
    const response = await fetch(await serve(createMetricsPage(UNSEEN, 1000)));
    const seconds = /timeout=(\d+)/.exec(response.headers.get('keep-alive') ?? '')?.[1];
    expect(Number(seconds)).toBeGreaterThan(300);
  });

  it('is healthy while the host is sampled', async () => {
    const { page, clock } = incidentPage();
    const url = await serve(page);
    const health = async (): Promise<number> => (await fetch(`${url}/healthz`)).status;
    expect(await health()).toBe(200);
    clock.ms = 10_001;
    expect(await health()).toBe(503);
    expect(await (await fetch(`${await serve(createMetricsPage(UNSEEN, 1000))}/healthz`)).text()).toMatch(
      /not been/,
    );
  });

  it.each([
    ['GET', '/', 200, /<a href="\/metrics">/],
    ['HEAD', '/metrics', 200, /^$/],
    ['GET', '/nothing', 404, /\/metrics/],
    ['GET', '//metrics/..%2f', 404, /\/metrics/],
    ['POST', '/metrics', 405, /GET and HEAD/],
  ])('answers %s %s with %i', async (method, path, status, body) => {
    const url = await serve(createMetricsPage(UNSEEN, 1000));
    const response = await fetch(`${url}${path}`, { method });
    expect(response.status).toBe(status);
    expect(await response.text()).toMatch(body);
  });

  it('writes a text once for all scrapers of a sample', async () => {
    const { page } = incidentPage();
    const first = page.text('prometheus');
    expect(page.text('prometheus')).toBe(first);
    page.show(UNSEEN);
    expect(await page.text('prometheus')).not.toContain('ctdiag_finding');
  });

  it('ends while a scraper still waits for its answer', async () => {
    let announceRequest: () => void = () => undefined;
    const requested = new Promise<void>((resolve) => (announceRequest = resolve));
    const text = (): Promise<string> => (announceRequest(), new Promise(() => undefined));
    const server = await openMetricsServer(ANY_PORT, { ...createMetricsPage(UNSEEN, 1000), text });
    const scrape = fetch(`${server.url}/metrics`).then(
      () => 'answered',
      () => 'ended',
    );
    await requested;
    server.close();
    expect(await scrape).toBe('ended');
  });
});

describe('an address that cannot be listened on', () => {
  const page = createMetricsPage(UNSEEN, 1000);

  it('is in use by another program', async () => {
    const port = Number(new URL(await serve(page)).port);
    await expect(openMetricsServer({ ...ANY_PORT, port }, page)).rejects.toThrow(
      `Another program listens on 127.0.0.1:${port}: give another port with --listen`,
    );
  });

  it('is not an address of this host', async () => {
    // Of TEST-NET-3 (RFC 5737), which no host has.
    await expect(openMetricsServer({ host: '203.0.113.9', port: 0 }, page)).rejects.toThrow(
      '203.0.113.9 is not an address of this host',
    );
  });
});

it('gives out the diagnosis as a line each time the verdict changes, and only then', () => {
  const verdicts = events.map((line) => JSON.parse(line) as { status: string; findings: { code: string }[] });
  expect(events.every((line) => !line.includes('\n'))).toBe(true);
  expect(verdicts.length).toBeGreaterThan(1);
  expect(verdicts.length).toBeLessThan(20);
  expect(verdicts[0]?.status).toBe('ok');
  expect(verdicts.map(({ findings }) => findings[0]?.code)).toContain('conntrack-table-full');
});
