import { InvalidArgumentError } from 'commander';
import { isIP } from 'node:net';
import type { ListenAddress } from '../../commands/exporter/metrics-server.js';

/** An address and a port to listen on, as typed: `127.0.0.1:9435`, `[::1]:9435`. Port 0 is any free port. */
export function parseListenAddress(text: string): ListenAddress {
  const [, bracketed, plain, digits = ''] = /^(?:\[([^\]]*)\]|([^:[\]]*)):(\d{1,5})$/.exec(text) ?? [];
  const host = bracketed ?? plain ?? '';
  const port = Number(digits);
  const isAddress = host === 'localhost' || isIP(host) === (bracketed === undefined ? 4 : 6);
  if (digits === '' || !isAddress || port > 65_535)
    throw new InvalidArgumentError(
      'Give an address of this host and a port, such as 127.0.0.1:9435 or [::1]:9435; 0.0.0.0 is every address.',
    );
  return { host, port };
}
