import { mkdirSync, mkdtempSync, rmSync, writeFileSync } from 'node:fs';
import { tmpdir } from 'node:os';
import { dirname, join } from 'node:path';
import { execaSync } from 'execa';
import { afterAll, describe, expect, it } from 'vitest';
import { parse } from 'yaml';
import {
  dropInFile,
  emqxForm,
  modprobeForm,
  persistentSysctls,
  sysctlForm,
  systemdForm,
  udevForm,
} from '../../../src/plan/index.js';
import { planned } from '../planning.js';

const folder = mkdtempSync(join(tmpdir(), 'ctdiag-forms-'));
afterAll(() => rmSync(folder, { recursive: true, force: true }));

function file(path: string, text: string): string {
  const full = join(folder, path);
  mkdirSync(dirname(full), { recursive: true });
  writeFileSync(full, text);
  return full;
}

const plan = planned({ connections: 1_000_000, profile: 'emqx', ports: [1883, 8883] });

/** Says so where the program that reads a form is missing, or is too old to check one. */
function reads(program: string, args: readonly string[], means: RegExp): boolean {
  const { stdout, stderr, failed, code } = execaSync(program, args, { reject: false });
  const there =
    code !== 'ENOENT' && (means.test(`${stdout}${stderr}`) || (!failed && means.source === '(?:)'));
  if (!there) console.warn(`SKIPPED, ${program} is missing or cannot check: its form of a plan`);
  return there;
}

describe('the sysctl form', () => {
  it.skipIf(!reads('sysctl', ['--help'], /--dry-run/))('is read by sysctl as what the plan says', () => {
    const path = file('90-ctdiag.conf', sysctlForm(plan));
    // `-e`: some are not there where conntrack is not loaded.
    const { exitCode, stdout } = execaSync('sysctl', ['--dry-run', '-e', '-p', path], { reject: false });
    expect(exitCode).toBe(0);
    const said = new Map(stdout.split('\n').map((line) => line.split(' = ') as [string, string]));
    for (const { name, to } of persistentSysctls(plan).filter(
      (persistentSysctl) => !persistentSysctl.name.includes('nf_conntrack'),
    ))
      expect(said.get(name)).toBe(to);
  });

  it('has the buckets before the maximum', () => {
    const text = sysctlForm(plan);
    expect(text.indexOf('nf_conntrack_buckets =')).toBeLessThan(text.indexOf('nf_conntrack_max ='));
  });

  it('lets conntrack’s settings fail where it is not loaded', () => {
    const has = { conntrack: { module: 'absent', holders: [] } } as const;
    expect(sysctlForm(planned({ connections: 1_000_000, has }))).toContain(
      '\n-net.netfilter.nf_conntrack_max =',
    );
  });
});

describe('the udev form', () => {
  it.skipIf(!reads('udevadm', ['--help'], /\bverify\b/))('is a rule that udev understands', () => {
    const path = file('90-ctdiag.rules', udevForm(plan));
    const { exitCode, stdout, stderr } = execaSync('udevadm', ['verify', path], { reject: false });
    expect({ exitCode, said: `${stdout}${stderr}` }).toMatchObject({ exitCode: 0 });
  });
});

describe('the modprobe form', () => {
  it.skipIf(!reads('modprobe', ['--help'], /--showconfig/))(
    'is read by modprobe as options of the module',
    () => {
      file('modprobe/ctdiag.conf', modprobeForm(plan));
      const { stdout } = execaSync('modprobe', ['--showconfig', '-C', join(folder, 'modprobe')]);
      expect(stdout.split('\n')).toContain(`options nf_conntrack hashsize=${plan.conntrack.buckets}`);
    },
  );
});

describe('the systemd form', () => {
  it.skipIf(!reads('systemd-analyze', ['--version'], /systemd/))(
    'is a drop-in that systemd understands',
    () => {
      const unit = file('emqx.service', `[Service]\nExecStart=${process.execPath}\n`);
      file('emqx.service.d/90-ctdiag.conf', systemdForm(plan, null));
      const verify = (): { exitCode: number | undefined; said: string } => {
        const { exitCode, stdout, stderr } = execaSync('systemd-analyze', ['verify', '--man=no', unit], {
          reject: false,
        });
        return { exitCode, said: `${stdout}${stderr}` };
      };
      expect(verify()).toEqual({ exitCode: 0, said: '' });
      // That it was read at all: a wrong one is complained of.
      file('emqx.service.d/90-ctdiag.conf', systemdForm(plan, null).replace('LimitNOFILE=', 'LimitNOFILE=x'));
      expect(verify().said).toMatch(/90-ctdiag\.conf:\d+: Failed to parse .*x1114112/);
    },
  );

  it('belongs to the unit named', () => {
    expect(dropInFile('mosquitto.service')).toBe('/etc/systemd/system/mosquitto.service.d/90-ctdiag.conf');
    expect(systemdForm(plan, 'mosquitto.service')).toContain('restart mosquitto.service');
  });
});

describe('the EMQX form', () => {
  const variables = (emqxVersion: string, connections: number, cpus: number): string[] =>
    emqxForm(planned({ connections, profile: 'emqx', ports: [1883], emqxVersion, cpus }))
      .split('\n')
      .filter((line) => line.startsWith('EMQX_NODE'));

  it.each<[version: string, cpus: number, connections: number, lines: string[]]>([
    ['5.0.26', 8, 3_000_000, ['EMQX_NODE__PROCESS_LIMIT=4194304', 'EMQX_NODE__MAX_PORTS=4194304']],
    ['5.8.0', 8, 3_000_000, ['EMQX_NODE__MAX_PORTS=4194304']],
    ['6.2', 8, 500_000, []],
    ['6.3', 8, 3_000_000, ['EMQX_NODE__MAX_PORTS=4194304']],
    ['6.3.1', 8, 100_000, []],
    // Eight CPUs have 524,288 ports by `auto`, nine and more the 1,048,576 of earlier versions.
    ['6.3', 8, 600_000, ['EMQX_NODE__MAX_PORTS=1048576']],
    ['6.3', 9, 600_000, []],
    ['6.3', 4, 300_000, ['EMQX_NODE__MAX_PORTS=524288']],
  ])(
    'of version %s on %d CPUs for %d connections sets what is beyond its defaults',
    (version, cpus, connections, lines) => {
      expect(variables(version, connections, cpus)).toEqual(lines);
    },
  );

  const commented = (text: string, from: string): unknown => {
    const lines = text.split('\n');
    const start = lines.indexOf(from);
    const end = lines.indexOf('', start);
    return parse(
      lines
        .slice(start, end)
        .map((line) => line.replace(/^# /, ''))
        .join('\n'),
    );
  };

  it.each([
    // A TCP connection of 6.3 is no port of Erlang: its processes stop it. Before, whichever of the two is fewer.
    ['6.3', 0, 65_536, 2_097_152, 2_031_616],
    ['6.2', 0, 65_536, 2_097_152, 64_512],
    ['6.2', 0, 1_048_576, 131_072, 65_536],
    ['6.3', 1, 65_536, 2_097_152, 64_512],
  ])(
    'of version %s (TLS %d) with %d ports and %d processes stops at %d',
    (version, tlsShare, ports, processes, at) => {
      const server = { port: 1883, pid: 7, comm: 'beam.smp', fds: 9, fdLimit: 4_000_000, backlog: 1024 };
      const has = { servers: [{ ...server, erlang: { ports, processes } }] };
      const { settings } = planned({
        connections: 3_000_000,
        profile: 'emqx',
        ports: [1883],
        tlsShare,
        emqxVersion: version,
        has,
      });
      expect(settings.find(({ name }) => name === 'node.max_ports')?.stopsAt).toBe(at);
    },
  );

  it('has the same variables for the Helm chart and for the operator, as YAML', () => {
    const text = emqxForm(plan);
    const wanted = Object.fromEntries(
      text
        .split('\n')
        .filter((line) => line.startsWith('EMQX_'))
        .map((line) => line.split('=')),
    ) as Record<string, string>;
    expect(commented(text, '# emqxConfig:')).toEqual({ emqxConfig: wanted });
    expect(commented(text, '# spec:')).toEqual({
      spec: {
        coreTemplate: {
          spec: { env: Object.entries(wanted).map(([name, value]) => ({ name, value })) },
        },
      },
    });
  });

  it('has the limits of VerneMQ and RabbitMQ by the names that they read', () => {
    const text = emqxForm(plan);
    expect(text).toContain('DOCKER_VERNEMQ_ERLANG__MAX_PORTS=2097152\n');
    expect(text).toContain('DOCKER_VERNEMQ_ERLANG__PROCESS_LIMIT=4194304\n');
    expect(text).toContain('RABBITMQ_SERVER_ADDITIONAL_ERL_ARGS="+P 4194304 +Q 2097152"\n');
  });

  it('derives the ports from the processes too where those are twice the ports', () => {
    const wish = { connections: 1_000_000, profile: 'emqx', tlsShare: 1, emqxVersion: '5.8' } as const;
    expect(emqxForm(planned(wish))).toContain('\nEMQX_NODE__MAX_PORTS=2097152\n');
  });

  it('is read by the drop-in of the unit, and is the same after it was applied', () => {
    expect(systemdForm(plan, null)).toContain('\nEnvironmentFile=-/etc/emqx/ctdiag.env\n');
    const servers = [
      {
        port: 1883,
        pid: 7,
        comm: 'beam.smp',
        fds: 9,
        fdLimit: 4_000_000,
        backlog: 1024,
        erlang: { ports: 8_388_608, processes: 8_388_608 },
      },
    ];
    const wish = { connections: 1_000_000, profile: 'emqx', ports: [1883, 8883] } as const;
    const after = planned({ ...wish, has: { servers } });
    expect(emqxForm(after)).toBe(emqxForm(plan));
    const ports = after.settings.find((setting) => setting.name === 'node.max_ports');
    expect(ports).toMatchObject({ current: '8388608', action: 'enough' });
  });

  it('is an environment that a shell reads', () => {
    const path = file('emqx.env', emqxForm(plan));
    const { stdout } = execaSync('sh', ['-ec', '. "$1"; set', 'sh', path]);
    expect(stdout).toMatch(/^EMQX_NODE__PROCESS_LIMIT='?4194304'?$/m);
    expect(stdout).toMatch(/^EMQX_LISTENERS__SSL__DEFAULT__TCP_OPTIONS__BACKLOG='?4096'?$/m);
    // They have no limit by default: to set one would add a ceiling.
    expect(stdout).not.toContain('MAX_CONNECTIONS');
    expect(stdout).not.toContain('ACCEPTORS');
  });

  it('has Erlang’s limits as powers of two, which it would make of them anyway', () => {
    const [, processes, ports] = /vm\.args: \+P (\d+) \+Q (\d+)/.exec(emqxForm(plan)) ?? [];
    for (const limit of [processes, ports]) expect(Number.isInteger(Math.log2(Number(limit)))).toBe(true);
    expect(Number(processes)).toBeGreaterThan(3_000_000);
  });
});
