import { expect, test } from 'vitest';
import { countOverloaded, parseIpvs } from '../../../src/sources/on-demand/ipvs.js';

const SERVICES = `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port Scheduler Flags
  -> RemoteAddress:Port Forward Weight ActiveConn InActConn
TCP  0A000001:1F90 rr
  -> 0A090002:1F90      Masq    1      3          0
  -> 0A090003:1F90      Masq    0      0          0
UDP  0A000001:0035 rr
  -> 0A090004:0035      Masq    1      0          0
TCP  [fd00:0000:0000:0000:0000:0000:0000:0001]:01BB wlc persistent 300
FWM  00000064 rr
  -> 0A090005:0050      Masq    1      0          0
`;

test('services of TCP and their servers of weight above 0', () => {
  expect(parseIpvs(SERVICES)).toEqual([
    { port: 8080, servers: ['0A090002:1F90'] },
    { port: 443, servers: [] },
  ]);
  expect(parseIpvs('')).toEqual([]);
});

// As ipvsadm 1.31 prints it.
const thresholds = (servers: string): string[] =>
  `IP Virtual Server version 1.2.1 (size=4096)
Prot LocalAddress:Port            Uthreshold Lthreshold ActiveConn InActConn
  -> RemoteAddress:Port
TCP  10.0.0.1:8080 rr
${servers}
TCP  10.0.0.1:443 rr
  -> 10.9.0.9:443                 1          0          9          0`.split('\n');

test.for([
  [
    'at the upper threshold',
    '  -> 10.9.0.2:8080                5          0          5          0         ',
    1,
  ],
  [
    'not yet below three quarters of it',
    '  -> 10.9.0.2:8080                8          0          5          1         ',
    1,
  ],
  [
    'below the lower threshold',
    '  -> 10.9.0.2:8080                8          4          3          0         ',
    0,
  ],
  ['without a threshold', '  -> 10.9.0.2:8080                0          0          900        0         ', 0],
] as const)('a server %s', ([, line, expected]) => {
  expect(countOverloaded(thresholds(line), 8080)).toBe(expected);
});
