import { describe, expect, it } from 'vitest';
import { openCaptureReader } from '../../../src/capture/index.js';
import { diagnose } from '../../../src/diagnose/index.js';
import type { FindingCode } from '../../../src/diagnose/index.js';
import { fixWords } from '../../../src/render/index.js';
import type { FixWords } from '../../../src/render/index.js';
import type { StreamRecord } from '../../../src/records/index.js';
import { windowFrom } from '../../scenarios/stream.js';

/** What is printed for a finding of a made capture of test/fixtures/cases. */
async function fixesOf(name: string, code: FindingCode): Promise<FixWords[]> {
  const path = new URL(`../../fixtures/cases/${name}.ctd`, import.meta.url).pathname;
  const reader = await openCaptureReader(path);
  const records: StreamRecord[] = [];
  for await (const record of reader.records) records.push(record);
  const window = windowFrom(records, reader.header);
  const finding = diagnose(window).findings.find((item) => item.code === code);
  if (finding === undefined) throw new Error(`no ${code} in ${name}`);
  return finding.fixes.map((fix) => fixWords(fix, window.last.settings));
}

describe('a limit of open files', () => {
  it('is raised as far as the hard limit goes, which it leaves alone', async () => {
    const [fix] = await fixesOf('fds-1024-soft', 'process-fd-limit');
    expect(fix).toMatchObject({
      kind: 'fix',
      command: `prlimit --pid 1000 --nofile=$(awk '/open files/{if($5>1048576)$5=1048576;print $5}' /proc/1000/limits):`,
      persist: expect.stringMatching(/srv\.service\.d.*LimitNOFILE=%s.*"\$1:\$2"/) as string,
      undo: expect.stringContaining('prlimit --pid 1000 --nofile=1024:;') as string,
    });
  });

  it('at fs.nr_open has a fix: that first', async () => {
    const [fix] = await fixesOf('fds-at-nr-open', 'process-fd-limit');
    expect(fix?.command).toContain(
      'sysctl -w fs.nr_open=2097152 && prlimit --pid 1000 --nofile=2097152:2097152',
    );
    expect(fix?.persist).toContain('fs.nr_open = 2097152');
    expect(fix?.persist).toContain(
      "LimitNOFILE=%s\\n' 2097152:2097152 > /etc/systemd/system/emqx.service.d/",
    );
    expect(fix?.undo).toContain('sysctl -p /run/ctdiag-nr-open.undo');
  });

  it('of a pod is what the runtime of the node gives, never a drop-in of a slice', async () => {
    const [fix] = await fixesOf('fds-in-pod-slice', 'process-fd-limit');
    expect(fix?.command).toBe('prlimit --pid 1000 --nofile=1048576:1048576');
    expect(fix?.persist).toMatch(/systemctl edit containerd[\s\S]*default_ulimits/);
    expect(fix?.persist).not.toContain('.slice.d');
  });
});

describe('a limit of tasks', () => {
  it('of a unit of a user is set at the manager of that user', async () => {
    const [fix] = await fixesOf('userunit', 'task-limit');
    expect(fix?.persist).toBe('systemctl --user -M 1000@ set-property -- sshd.service TasksMax=400');
    expect(fix?.undo).not.toMatch(/\/etc\/systemd\/system/);
  });

  it('of a group whose name is an option of systemctl gets no command of systemctl', async () => {
    const [fix] = await fixesOf('dashunit', 'task-limit');
    expect(fix?.persist).toBeNull();
    expect(fix?.undo).not.toContain('systemctl');
  });
});

describe('the conntrack table', () => {
  it('gets its buckets with the limit, and before it', async () => {
    const [fix] = await fixesOf('table-full-buckets', 'conntrack-table-full');
    expect(fix?.command).toBe(
      'sysctl -w net.netfilter.nf_conntrack_buckets=1048576 net.netfilter.nf_conntrack_max=1048576',
    );
    expect(fix?.undo).toMatch(
      /^sysctl -w net\.netfilter\.nf_conntrack_buckets=262144 net\.netfilter\.nf_conntrack_max=262144;/,
    );
  });

  it('of a Kubernetes node is kept by kube-proxy, not by sysctl.d', async () => {
    const [fix] = await fixesOf('kube-proxy-node', 'conntrack-table-full');
    expect(fix?.persist).toMatch(/maxPerCore: 1\n#   min: 1048576\n/);
    expect(fix?.persist).not.toContain('/etc/sysctl.d');
    expect(fix?.caveat).toContain('1.29 to 1.37 writes its own value back');
  });

  it('is looked into for stale entries', async () => {
    const fixes = await fixesOf('table-full-buckets', 'conntrack-table-full');
    expect(fixes.map(({ kind }) => kind)).toEqual(['fix', 'check', 'fix']);
    expect(fixes[1]?.command).toContain('conntrack -L -p tcp --state ESTABLISHED');
    expect(fixes[2]?.caveat).toContain('breaks behind NAT');
  });
});

it('the look for a listener enters the namespace of the pod', async () => {
  const [fix] = await fixesOf('queue-in-pod-no-probes', 'accept-queue-overflow');
  expect(fix).toMatchObject({
    kind: 'check',
    command: "nsenter -t $(lsns -no PID 4026532999 | head -n 1) -n ss -Hltn | awk '$2 > $3'",
  });
});

it('tcp_mem beyond half of the memory is not raised; what holds it is looked for', async () => {
  const fixes = await fixesOf('tcp-mem-8g', 'tcp-memory');
  expect(fixes.map(({ kind }) => kind)).toEqual(['check']);
  expect(fixes[0]?.command).toContain('skmem');
});
