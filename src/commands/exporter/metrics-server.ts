import { createServer } from 'node:http';
import type { IncomingMessage, Server, ServerResponse } from 'node:http';
import { errnoOf } from '../../errno.js';
import { EXIT, UserError } from '../../exit.js';
import { CONTENT_TYPES, negotiateFormat } from '../../exporter/index.js';
import { VERSION } from '../../version.js';
import type { MetricsPage } from './metrics-page.js';

/** Where to listen. */
export interface ListenAddress {
  readonly host: string;
  /** 0 for any free port. */
  readonly port: number;
}

/** The metrics, being served. */
export interface MetricsServer {
  /** `http://127.0.0.1:9435`, with the port that was taken. */
  readonly url: string;
  /** Rejects when the server fails; never resolves. */
  readonly failed: Promise<never>;
  /** Ends it at once, whoever is being answered. */
  close(): void;
}

/** A scraper that sends or takes nothing for so long is let go. */
const IDLE_MS = 10_000;
/**
 * Prometheus holds a connection for five minutes without a scrape. Longer here, so that it need not open another while
 * a full conntrack table refuses new ones.
 */
const KEPT_ALIVE_MS = 360_000;
/** Prometheus needs one or two; a thousand hung ones must not take the descriptors of a host in trouble. */
const MAX_CONNECTIONS = 256;

/** Serves a page over http. Rejects with a sentence when the address cannot be listened on. */
export async function openMetricsServer(address: ListenAddress, page: MetricsPage): Promise<MetricsServer> {
  const server = createServer(
    {
      requestTimeout: IDLE_MS,
      headersTimeout: IDLE_MS,
      keepAliveTimeout: KEPT_ALIVE_MS,
      maxHeaderSize: 8192,
    },
    (request, response) => void answer(request, response, page),
  );
  server.maxConnections = MAX_CONNECTIONS;
  server.setTimeout(IDLE_MS);
  await listenOn(server, address);
  const failed = new Promise<never>((_resolve, reject) => server.on('error', reject));
  failed.catch(() => undefined);
  return {
    url: `http://${formatAddress({ ...address, port: portOf(server) })}`,
    failed,
    close() {
      server.close();
      server.closeAllConnections();
    },
  };
}

function listenOn(server: Server, address: ListenAddress): Promise<void> {
  return new Promise((resolve, reject) => {
    const fail = (error: Error): void => reject(listenError(error, address));
    server.once('error', fail);
    server.listen(address.port, address.host, () => {
      server.off('error', fail);
      resolve();
    });
  });
}

/** Why an address cannot be listened on, and what to do. */
function listenError(error: Error, address: ListenAddress): Error {
  const shown = formatAddress(address);
  const because = (sentence: string): UserError =>
    new UserError(EXIT.cannotCreate, sentence, { cause: error });
  switch (errnoOf(error)) {
    case 'EADDRINUSE':
      return because(
        `Another program listens on ${shown}: give another port with --listen; \`ss -ltnp\` lists who has it.`,
      );
    case 'EADDRNOTAVAIL':
      return because(`${address.host} is not an address of this host; \`ip -brief address\` lists them.`);
    case 'EACCES':
    case 'EPERM':
      return because(
        `Listening on ${shown} needs root or CAP_NET_BIND_SERVICE; give a port above 1023 with --listen.`,
      );
    case 'EAFNOSUPPORT':
      return because(`${address.host} cannot be listened on: this host has no IPv6. Give an IPv4 address.`);
    case null:
    default:
      return because(`${shown} cannot be listened on: ${errnoOf(error) ?? error.message}.`);
  }
}

async function answer(request: IncomingMessage, response: ServerResponse, page: MetricsPage): Promise<void> {
  if (request.method !== 'GET' && request.method !== 'HEAD') {
    response.setHeader('Allow', 'GET, HEAD');
    send(response, 405, PLAIN, 'Only GET and HEAD are answered.\n');
    return;
  }
  // Only the path: a query says nothing here.
  switch (request.url?.split('?')[0]) {
    case '/metrics': {
      const format = negotiateFormat(request.headers.accept);
      send(response, 200, CONTENT_TYPES[format], await page.text(format));
      return;
    }
    case '/healthz':
      if (page.isFresh()) send(response, 200, PLAIN, 'ok\n');
      else send(response, 503, PLAIN, 'The host has not been sampled lately.\n');
      return;
    case '/':
      send(response, 200, 'text/html; charset=utf-8', LANDING);
      return;
    default:
      send(response, 404, PLAIN, 'Not found; there are /metrics and /healthz.\n');
  }
}

const PLAIN = 'text/plain; charset=utf-8';

const LANDING = `<!DOCTYPE html>
<html lang="en">
<head><meta charset="utf-8"><title>ctdiag exporter</title></head>
<body>
<h1>ctdiag exporter ${VERSION}</h1>
<p>Which kernel limit stops new connections to this host, as Prometheus metrics.</p>
<ul>
<li><a href="/metrics">/metrics</a>: Prometheus text or OpenMetrics</li>
<li><a href="/healthz">/healthz</a>: whether the host was sampled in the last ten intervals</li>
</ul>
</body>
</html>
`;

/** Node leaves the body of a HEAD away itself. */
function send(response: ServerResponse, status: number, contentType: string, body: string): void {
  response.writeHead(status, {
    'Content-Type': contentType,
    'Content-Length': Buffer.byteLength(body),
    'X-Content-Type-Options': 'nosniff',
  });
  response.end(body);
}

function portOf(server: Server): number {
  const address = server.address();
  return typeof address === 'object' && address !== null ? address.port : 0;
}

function formatAddress({ host, port }: ListenAddress): string {
  return `${host.includes(':') ? `[${host}]` : host}:${port}`;
}
