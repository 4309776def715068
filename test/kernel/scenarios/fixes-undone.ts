import assert from 'node:assert/strict';
import { diagnosisOf } from '../capture.js';
import type { Results } from '../results.js';
import type { Scenario } from '../scenario.js';

/** Each limit by the name of its case, the code found, a setting that the fix changes, and what it says of a file. */
const CASES = [
  ['file-max', 'system-file-limit', /^host: fs\.file-max = /],
  ['nr-open', 'process-fd-limit', /^host: fs\.nr_open = |: Max open files/],
  ['tcp-memory', 'tcp-memory', /^host: net\.ipv4\.tcp_mem = /],
  ['orphans', 'orphan-limit', /^host: net\.ipv4\.tcp_max_orphans = /],
  ['tasks', 'task-limit', /broker\.service\/pids\.max:/],
  ['mappings', 'map-count-limit', /^host: vm\.max_map_count = /],
  ['neighbours', 'neighbour-table-overflow', /^host: net\.ipv4\.neigh\.default\.gc_thresh[23] = /],
  ['buckets', 'conntrack-buckets-undersized', /^host: net\.netfilter\.nf_conntrack_buckets = /],
  ['local-ports', 'ephemeral-ports-exhausted', /^host: net\.ipv4\.ip_local_(?:port_range|reserved_ports) = /],
  ['threads-max', 'task-limit', /^host: kernel\.threads-max = /],
  ['backlog', 'netdev-backlog-drop', /^host: net\.core\.netdev_max_backlog = /],
  ['far-syns', 'syn-queue-overflow', /^far: net\.ipv4\.tcp_syncookies = /],
] as const;

export const fixesUndone: Scenario = {
  name: 'fixes-undone',
  purpose:
    'Fixes of twelve limits, one in another namespace, as printed: the finding closes, the undo restores all.',
  onRequest: true,
  guestScript: 'fixes-undone.sh',
  memoryMiB: 2048,
  timeoutMs: 1_800_000,
  checks: Object.fromEntries([
    [
      'every case ran to its end',
      (results: Results) => assert.equal(results.has('failed') ? results.text('failed') : '', ''),
    ],
    ...CASES.flatMap(([name, code, changes]) => [
      [`${name}: the fix changes the setting, and nothing else`, onlyChanges(name, changes)],
      [`${name}: the finding closes`, closes(name, code)],
      [`${name}: the undo restores every value`, restores(name)],
    ]),
    ['the ports that are listened on are reserved', reservesListened],
    ['the fix of another namespace enters it', entersNamespace],
    ['the check of a full queue in another namespace shows its listener or its threads', looksThere],
    ['what keeps a sysctl of the host is a file', keepsInFile],
  ]) as Scenario['checks'],
};

type Check = (results: Results) => void;

function onlyChanges(name: string, changes: RegExp): Check {
  return (results) => {
    const before = lines(results, `${name}-before`);
    const changed = lines(results, `${name}-fixed`).filter(
      // What the undo reads is written beside it.
      (line) => !before.includes(line) && !line.includes('/run/ctdiag-'),
    );
    assert.notDeepEqual(changed, []);
    for (const line of changed) assert.match(line, changes);
  };
}

function closes(name: string, code: string): Check {
  return (results) => {
    const severitiesAt = (look: string): string[] =>
      diagnosisOf(results, `${name}-${look}`)
        .findings.filter((finding) => finding.code === code)
        .map(({ severity }) => severity);
    const [before] = severitiesAt('before');
    assert.ok(before !== undefined, 'it was not found before');
    // What was critical may still be near its limit.
    const open = before === 'critical' ? ['critical'] : ['critical', 'warning'];
    assert.ok(
      !severitiesAt('after').some((severity) => open.includes(severity)),
      `still ${diagnosisOf(results, `${name}-after`).findings[0]?.title ?? ''}`,
    );
  };
}

function restores(name: string): Check {
  return (results) => {
    assert.deepEqual(lines(results, `${name}-undone`), lines(results, `${name}-before`));
  };
}

function reservesListened(results: Results): void {
  assert.match(
    results.text('local-ports-fixed.state'),
    /^host: net\.ipv4\.ip_local_reserved_ports = .*\b8847\b/m,
  );
}

function entersNamespace(results: Results): void {
  assert.match(results.text('far-syns.command'), /^ip netns exec far /);
}

function lines(results: Results, name: string): string[] {
  return results.text(`${name}.state`).split('\n');
}

/** Which of the two depends on whether the owner of the listener has been read yet. */
function looksThere(results: Results): void {
  assert.match(results.text('far-queue.shown'), /^ *1 load \S+$[\s\S]*^Max open files|:8849 /m);
}

function keepsInFile(results: Results): void {
  for (const name of [
    'file-max',
    'tcp-memory',
    'orphans',
    'mappings',
    'neighbours',
    'buckets',
    'local-ports',
    'threads-max',
    'backlog',
  ])
    assert.match(results.text(`${name}.kept`), /^\/etc\/sysctl\.d\/90-ctdiag-/m, name);
}
