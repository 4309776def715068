import { describe, expect, it } from 'vitest';
import { STANDARD_THRESHOLDS } from '../../src/diagnose/index.js';
import type { Notice } from '../../src/playback/notice.js';
import type { ScreenState } from '../../src/playback/screen-state.js';
import { coverage, HEADER, incidentRecords, incidentState, LISTENER, stateOf } from './incident.js';
import type { Incident } from './incident.js';
import { PALETTE } from '../../tui/draw/palette.js';
import { openOn } from './open-screen.js';
import { lineTo } from './time-line.js';

const FULL = incidentState(60);
const shown = async (state: ScreenState, columns: number, rows: number): Promise<string> =>
  (await openOn(columns, rows).show(state)).join('\n');

describe('a full conntrack table', () => {
  it.each([
    [80, 24],
    [120, 36],
    [200, 60],
    [59, 15],
  ])('can be read at %ix%i', async (columns, rows) => {
    const text = await shown(FULL, columns, rows);
    await expect(`${text}\n`).toMatchFileSnapshot(`../goldens/tui/full-${columns}x${rows}.txt`);
    for (const words of [
      'conntrack table full: 65,536 of 65,536',
      'sysctl -w net.netfilter.nf_conntrack_max=262144',
      'since 20:40:44, 16 s',
      'bpftrace 0.17.0, 8/8 probes',
      '1,496',
    ])
      expect(text).toContain(words);
  });

  it('can be read in one column, and says nothing where there is no room at all', async () => {
    expect((await shown(FULL, 1, 3)).startsWith('✖')).toBe(true);
  });

  it('says so in ASCII and without colour', async () => {
    const { terminal, show } = openOn(120, 36, { ascii: true, color: false });
    const text = (await show(FULL)).join('\n');
    await expect(`${text}\n`).toMatchFileSnapshot('../goldens/tui/full-120x36-ascii.txt');
    expect(text).toMatch(/^[ -~\n]*$/);
    expect(terminal.written()).not.toMatch(/\u001b\[[\d;]*(?:3[0-7]|38;5;\d+|9[0-7])m/);
  });

  it('is red where it is wrong now, and nowhere else', async () => {
    const red = PALETTE.dark.critical.color;
    const { terminal, show } = openOn(80, 24);
    const colours = async (state: ScreenState): Promise<string[]> => {
      const rows = await show(state);
      return rows.filter((_, row) => {
        const cells = Array.from({ length: 80 }, (_column, column) =>
          terminal.emulator.buffer.active.getLine(row)?.getCell(column),
        );
        return cells.some((cell) => cell?.isFgPalette() === true && cell.getFgColor() === red);
      });
    };
    expect((await colours(FULL)).map((row) => row.slice(0, 13).trim())).toEqual([
      '✖ conntrack t',
      '✖ conntrack e',
      'RATES per sec',
      '✖ conntrack d',
      '✖ host',
      '20:40:44 ✖ c',
    ]);
    expect(await colours(incidentState(30, { triedPerSec: () => 10 }))).toEqual([]);
  });
});

describe('at a glance', () => {
  const glance = async (state: ScreenState): Promise<string[]> => openOn(80, 24).show(state);
  const healthy: Incident = { triedPerSec: () => 400 };

  it('names the nearest ceiling when no limit is hit', async () => {
    const rows = await glance(incidentState(30, healthy));
    expect(rows[2]).toBe('✔ no limit is hit; nearest: conntrack entries 18 % (12,123 of 65,536)');
    expect(rows[3]).toBe('  full in 2 min 14 s at the rate of the last 10 s');
    await expect(`${rows.join('\n')}\n`).toMatchFileSnapshot('../goldens/tui/healthy-80x24.txt');
  });

  it('forecasts nothing of a ceiling that is far from full, unless it soon would be', async () => {
    const far = await glance(incidentState(8, { triedPerSec: () => 40 }));
    const rung = (rows: readonly string[]): string => rows.find((row) => /^ {2}conntrack /.test(row)) ?? '';
    expect(rung(far)).toMatch(/ 0\.8 % +-$/);
    const soon = await glance(incidentState(12, { triedPerSec: () => 300 }));
    expect(rung(soon)).toMatch(/ \d % +\d+ min/);
  });

  it('warns when a limit is reached that refuses nobody yet', async () => {
    const rows = await glance(incidentState(30, { listeners: [{ ...LISTENER, acceptQueue: 4096 }] }));
    expect(rows[2]).toBe('▲ accept queue nearly full at 0.0.0.0:1883, mosquitto(812): 4,096 of 4,096');
  });

  it('says what it waits for before the first frame', async () => {
    const rows = await glance(stateOf([], { header: HEADER }));
    expect(rows[2]).toContain('waiting for the first sample');
    expect(rows.join('\n')).toContain('no data yet');
  });

  it('shows rates as unknown, not 0, at the first frame', async () => {
    const row = (await glance(incidentState(0))).find(
      (text) => text.startsWith('✖ conntrack drops (full)') || text.startsWith('  conntrack drops (full)'),
    );
    expect(row?.trim()).toMatch(/^conntrack drops \(full\) +\? +\?$/);
  });

  it('says which source it uses without root, and shows what that source knows', async () => {
    const rows = await glance(incidentState(60, { probes: false }));
    expect(rows[0]).toContain('kernel counters only: not root');
    expect(rows.find((row) => row.includes('drops (full)  '))).toContain('1,496');
    expect(rows.some((row) => row.startsWith('  conntrack net change'))).toBe(true);
  });

  it('says the whole reason where there are no probes, however long, and names the nearest as the ladder does', async () => {
    const reason = 'this kernel has no kprobes; use a kernel with CONFIG_KPROBES and CONFIG_BPF_EVENTS set';
    const off = coverage({ probes: 'off', reason, bpftraceVersion: null, hooks: [] });
    const rows = await glance(incidentState(2, { coverage: off, triedPerSec: () => 0 }));
    expect(`${rows[4]?.trim() ?? ''} ${rows[5]?.trim() ?? ''}`).toContain(reason);
    const idle = await glance(incidentState(2, { listeners: [{ ...LISTENER, acceptQueue: 0 }] }));
    const [, nearest = '?'] = /nearest: (\w+)/.exec(idle[2] ?? '') ?? [];
    expect(idle[7]?.trim().startsWith(nearest)).toBe(true);
  });

  it('says so when bpftrace is still starting, and what was lost', async () => {
    const starting = await glance(incidentState(2, { coverage: coverage({ probes: 'starting' }) }));
    expect(starting[0]).toContain('bpftrace is starting');
    const lossy = await glance(incidentState(2, { coverage: coverage({ lostEvents: 1234, badLines: 2 }) }));
    expect(lossy[0]).toContain('lost 1234, 2 bad lines');
  });

  it('names the listener whose accept queue overflows, with address, port, owner and backlog', async () => {
    const rows = await glance(incidentState(30, { triedPerSec: () => 100, overflowsPerSec: 12 }));
    const text = rows.join('\n');
    expect(text).toContain('accept queue full at 0.0.0.0:1883, mosquitto(812): backlog 4,096; refusing 12');
    expect(text).toMatch(/✖ 0\.0\.0\.0:1883 +mosquitto\(812\) +4,097 +4,096 +360/);
    await expect(`${text}\n`).toMatchFileSnapshot('../goldens/tui/accept-queue-80x24.txt');
  });

  it('lists those who lose connections before those who do not', async () => {
    const quiet = { ...LISTENER, port: 80, inode: 9, acceptQueue: 128, backlog: 128 };
    const rows = await glance(
      incidentState(30, { triedPerSec: () => 10, overflowsPerSec: 3, listeners: [quiet, LISTENER] }),
    );
    const who = rows.findIndex((row) => row.startsWith('WHO'));
    expect(rows.slice(who + 1, who + 3).map((row) => row.slice(2, 14))).toEqual([
      '0.0.0.0:1883',
      '0.0.0.0:80  ',
    ]);
  });

  it('names whose new flows the full table refuses, before the listeners', async () => {
    const refused = { netns: HEADER.netns ?? 0, source: '10.0.11.0/24', destination: '10.0.0.1', count: 812 };
    const flows = {
      type: 'flows',
      elapsedMs: 60_000,
      sinceMs: 46_000,
      refused: [{ ...refused, port: 8883, protocol: 'tcp' }],
      refusedOthers: 0,
      opened: [],
      openedOthers: 0,
    } as const;
    const rows = await openOn(200, 60).show(
      stateOf([...incidentRecords(60), flows, { type: 'tick', elapsedMs: 60_500 }]),
    );
    const who = rows.findIndex((row) => row.startsWith('WHO'));
    expect(rows[who + 2]).toMatch(/^✖ 10\.0\.11\.0\/24 → 10\.0\.0\.1:8883 +refused tcp .* 812\b/);
    expect(rows[who + 3]).toMatch(/^ {2}0\.0\.0\.0:22 /);
  });

  it('says from when on the sources of refused flows are counted, and of how many', async () => {
    const flows = {
      type: 'flows',
      elapsedMs: 60_100,
      sinceMs: 57_000,
      refused: [
        {
          netns: HEADER.netns ?? 0,
          source: '10.0.11.0/24',
          destination: '10.0.0.1',
          port: 8883,
          protocol: 'tcp',
          count: 136,
        },
      ],
      refusedOthers: 0,
      opened: [],
      openedOthers: 0,
    } as const;
    const state = stateOf([...incidentRecords(60), flows, { type: 'tick', elapsedMs: 60_500 }]);
    const note = (rows: readonly string[]): string => rows.find((row) => row.startsWith('WHO')) ?? '';
    expect(note(await glance(state))).toMatch(/^WHO sources since 20:40:57 ─/);
    const { terminal, show } = openOn(120, 24);
    await show(state);
    terminal.press('4');
    expect(note(await terminal.rows())).toMatch(/since 20:40:57: 136 of 24,\d{3} refused ─/);
  });

  it('names no unknown listener beside the one of the namespace that the verdict names', async () => {
    const state = incidentState(40, {
      probes: false,
      overflowsPerSec: 9,
      listeners: [LISTENER],
      triedPerSec: () => 5,
    });
    const [finding] = state.diagnosis?.findings ?? [];
    expect(finding?.subject.kind).toBe('listener');
    // It has caught up since: nothing but the verdict tells whose overflows those were.
    const { window } = state;
    if (window === null) throw new Error('no window');
    const listeners = window.listeners.map((listener) => ({
      ...listener,
      overflowGrowth: null,
      listener: { ...listener.listener, acceptQueue: 0 },
    }));
    const drained = { ...state, window: { ...window, listeners } };
    const rows = await glance(drained);
    expect(rows.find((row) => row.includes('0.0.0.0:1883 '))).toBeDefined();
    expect(rows.find((row) => / 0\.0\.0\.0:1883 +mosquitto\(812\) +0 +4,096 +360$/.test(row))).toBeDefined();
    expect(rows.join('\n')).not.toContain('unknown listener');
    if (state.diagnosis === null) throw new Error('no diagnosis');
    const unnamed = { ...drained, diagnosis: { ...state.diagnosis, findings: [] } };
    expect((await glance(unnamed)).join('\n')).toContain('unknown listener');
  });

  it('lists a silence among the events, unless a source has said why', async () => {
    const silences = [{ fromMs: 50_000, toMs: 53_100 }];
    const events = async (state: ScreenState): Promise<string[]> => {
      const rows = await glance(state);
      return rows.slice(rows.findIndex((row) => row.startsWith('EVENTS')) + 1);
    };
    expect(await events({ ...FULL, silences })).toContain(
      ' 20:40:50 ? no data for 3 s (host or ctdiag stalled)',
    );
    const gap = { source: 'kernel', reason: 'the host slept', atMs: 53_100 } as const;
    const told = (await events({ ...FULL, silences, gaps: [gap] })).join('\n');
    expect(told).toContain('the host slept');
    expect(told).not.toContain('no frame');
  });

  it('keeps since when, how sure and the fix where there are three rows for a long verdict', async () => {
    const netns = { netns: 4026532999, netnsLabel: 'a-pod-whose-name-goes-on-and-on' };
    const rows = await openOn(80, 19).show(incidentState(60, netns));
    const verdict = rows.slice(
      2,
      rows.findIndex((row) => row.startsWith('CEILINGS')),
    );
    expect(verdict).toHaveLength(3);
    expect(verdict[0]).toMatch(/^✖ conntrack table full in \S+: 65,536 of 65,536$/);
    expect(verdict[1]).toMatch(/^ {2}since /);
    expect(verdict[2]).toMatch(/^ {2}fix /);
  });

  it('carries a command in the line of a check, however long its words are', async () => {
    const owner = { pid: 1234567, comm: 'a-broker-of-16-c' };
    const listener = { ...LISTENER, address: '2001:db8:1234:5678:9abc:def0:1234:5678', owner };
    const rows = await glance(incidentState(40, { overflowsPerSec: 9, listeners: [listener] }));
    const check = rows.find((row) => row.startsWith('  check '));
    expect(check).toMatch(/^ {2}check {2}grep [.] \/proc\/1234567\/task\/\*\/wchan( |$)/);
  });

  it('shows who opens most new flows, on a pane of its own or where there is room', async () => {
    const group = (source: string, count: number) =>
      ({
        netns: HEADER.netns ?? 0,
        source,
        destination: '10.0.0.1',
        port: 8883,
        protocol: 'tcp',
        count,
      }) as const;
    const flows = {
      type: 'flows',
      elapsedMs: 60_000,
      sinceMs: 46_000,
      refused: [],
      refusedOthers: 0,
      opened: [group('10.0.11.0/24', 600), group('10.0.12.0/24\u001b[2J', 300)],
      openedOthers: 100,
    } as const;
    const state = stateOf([...incidentRecords(60), flows, { type: 'tick', elapsedMs: 60_500 }]);
    const { terminal, show } = openOn(80, 24);
    await show(state);
    terminal.press('4');
    const pane = await terminal.rows();
    const head = pane.findIndex((row) => row.startsWith('TOP SOURCES of new entries since 20:40:46'));
    expect(pane.slice(head + 1, head + 4).map((row) => row.replace(/ {2,}/g, '  '))).toEqual([
      '  10.0.11.0/24 → 10.0.0.1:8883  tcp  600  60 %',
      '  10.0.12.0/24·[2J → 10.0.0.1:8883  tcp  300  30 %',
      '  others  100  10 %',
    ]);
    expect((await openOn(200, 60).show(state)).join('\n')).toContain('TOP SOURCES of new entries');
    expect((await glance(state)).join('\n')).not.toContain('TOP SOURCES of');
  });

  it.each([
    ['live, nothing refused yet', FULL, 'counted while flows are refused; --detail on counts always'],
    ['in a replay', { ...FULL, mode: 'replay' } as const, 'not recorded: counted while flows are refused'],
    [
      'without probes',
      incidentState(60, { probes: false }),
      'needs bpftrace probes; e reads the conntrack table once',
    ],
  ])('says why it is not known who opens flows: %s', async (_when, state, why) => {
    const { terminal, show } = openOn(80, 24);
    await show(state);
    terminal.press('4');
    expect((await terminal.rows()).join('\n')).toContain(why);
  });

  it('keeps the port of a listener in a namespace, however long the name of that is', async () => {
    const far = { ...LISTENER, netns: 4026532999 };
    const incident = { netns: 4026532999, netnsLabel: 'a-namespace-of-some-length', listeners: [far] };
    const rows = await openOn(120, 36).show(incidentState(5, incident));
    expect(rows.some((row) => row.startsWith('  0.0.0.0:1883 in a-n'))).toBe(true);
  });

  it('marks where the verdict changed on the axis of the rates, in the events, and when it was over', async () => {
    const over = {
      atMs: HEADER.startedAtMs + 59_000,
      elapsedMs: 59_000,
      status: 'critical',
      ended: true,
    } as const;
    const rows = await glance({
      ...FULL,
      verdicts: [
        ...FULL.verdicts,
        {
          ...over,
          title: 'conntrack table full: 65,536 of 65,536; refused 9 attempts, as long as it went on',
          shorter: ['conntrack table full: 65,536 of 65,536', 'conntrack table full'],
        },
      ],
    });
    expect(rows.find((row) => row.startsWith('RATES'))).toMatch(/-1 min 8 s ─+▲─+✖─+■─*$/);
    expect(rows).toContain(' 20:40:59 ■ recovered: conntrack table full: 65,536 of 65,536');
  });

  it('keeps conntrack and the fullest accept queue on the ladder, even at 0 %', async () => {
    const idle = incidentState(8, {
      triedPerSec: () => 0,
      listeners: [{ ...LISTENER, acceptQueue: 0 }],
      processes: [1, 2, 3, 4, 5].map((pid) => ({ pid, comm: `busy${pid}`, fds: 500, fdLimit: 1000 })),
    });
    const rows = await glance(idle);
    const ladder = rows.slice(rows.findIndex((row) => row.startsWith('CEILINGS')) + 1).slice(0, 5);
    expect(ladder.map((row) => row.slice(2, 29).trim())).toEqual([
      'fds busy1(1)',
      'fds busy2(2)',
      'fds busy3(3)',
      'conntrack entries',
      'accept queue 0.0.0.0:1883',
    ]);
  });

  it('always has a command to run next, if only to read the evidence by hand', async () => {
    const [finding] = FULL.diagnosis?.findings ?? [];
    if (finding === undefined || FULL.diagnosis === null) throw new Error('no finding');
    const bare = { ...FULL, diagnosis: { ...FULL.diagnosis, findings: [{ ...finding, fixes: [] }] } };
    expect((await glance(bare))[4]).toMatch(/^ {2}check {2}sysctl net\.netfilter\.nf_conntrack_count  /);
  });

  it('says of what it found at its start that it was already under way', async () => {
    const [finding] = FULL.diagnosis?.findings ?? [];
    if (finding === undefined || FULL.diagnosis === null) throw new Error('no finding');
    const findings = [{ ...finding, sinceStart: true }];
    const rows = await glance({ ...FULL, diagnosis: { ...FULL.diagnosis, findings } });
    expect(rows[3]).toContain('already under way when ctdiag started (20:40:44)');
  });

  it('shows the zone, and the date of a replay of another day', async () => {
    const { show } = openOn(80, 24, { now: () => Date.UTC(2025, 10, 22) });
    expect((await show(FULL))[0]).toMatch(/LIVE 20:41:00 UTC$/);
    const replayed = { ...FULL, mode: 'replay', speed: 1 } as const;
    expect((await show(replayed))[0]).toMatch(/REPLAY 2025-11-21 20:41:00 UTC$/);
  });

  it('names in its coverage what could not be read, and what is not watched', async () => {
    if (FULL.diagnosis === null) throw new Error('no diagnosis');
    const { terminal, show } = openOn(80, 24);
    await show({
      ...FULL,
      diagnosis: {
        ...FULL.diagnosis,
        coverage: {
          ...FULL.diagnosis.coverage,
          blindSpots: [
            {
              kind: 'namespaces',
              count: 3,
              names: ['web', 'db'],
              why: 'EACCES',
              hides: ['accept-queue-overflow'],
            },
          ],
          unwatched: [{ id: 'ipvs', seen: 'module ip_vs' }],
        },
      },
    });
    terminal.press('7G');
    const text = (await terminal.rows()).join('\n');
    expect(text).toContain('? 3 network namespaces (web, db, …): EACCES');
    expect(text).toContain('? IPVS (module ip_vs)');
  });

  it('names the namespace when it is not the host', async () => {
    const text = await shown(incidentState(60, { netns: 4026532999, netnsLabel: 'web-blue' }), 80, 24);
    expect(text).toContain('conntrack table full in web-blue: 65,536 of 65,536');
    expect(text).toContain('✖ web-blue ');
  });

  it('says when it ended, and is no longer critical', async () => {
    const ended = incidentState(70, { triedPerSec: (second) => (second < 50 ? 1500 : 0) });
    const rows = await glance(ended);
    expect(rows[2]).toMatch(/^▲ conntrack table full: .*; refused /);
    // Nobody is refused because nobody tries: the table is nearly as full as it was.
    expect(rows.join('\n')).toContain('20:40:44 to 20:40:49; no refusals for 21 s, still 99 % used');
  });

  it.each([
    [0.8, '▲ conntrack entries', 'still 85 % used'],
    [0.9, '  conntrack entries', 'recovered 21 s ago'],
  ])('takes a ceiling for near from %d on, where the settings say so', async (conntrack, rung, span) => {
    const thresholds = { ...STANDARD_THRESHOLDS, near: { conntrack } };
    // The table was full, and drained to 85 % since.
    const drained = await glance(
      incidentState(
        70,
        {
          triedPerSec: (second) => (second < 50 ? 1500 : 0),
          closedPerSec: (second) => (second < 50 ? 0 : 468),
        },
        { thresholds },
      ),
    );
    expect(drained.find((row) => /^.. ?conntrack entries/.test(row))?.slice(0, rung.length)).toBe(rung);
    expect(drained.join('\n')).toContain(span);
  });

  it('keeps the time a finding began when its first minute has passed', async () => {
    const text = await shown(incidentState(160), 80, 24);
    expect(text).toContain('since 20:40:44, 1 min 56 s');
  });

  it('says that it cannot tell when nothing could be read, and what could not', async () => {
    const blind = stateOf([
      coverage({
        probes: 'off',
        reason: 'not root',
        hooks: [],
        unreadable: [{ what: '/proc/net/stat/nf_conntrack', why: 'permission denied' }],
      }),
      { type: 'tick', elapsedMs: 1000 },
    ]);
    const rows = await glance(blind);
    expect(rows[2]).toBe('? unknown: nothing could be read');
    expect(rows[3]).toBe('  /proc/net/stat/nf_conntrack: permission denied');
  });

  it('says FROZEN, what is recorded and the notice', async () => {
    const rows = await glance({
      ...FULL,
      frozen: true,
      recording: 'web-07.ctd.gz',
      notice: { kind: 'recording-failed', message: 'the disk is nearly full' },
    });
    expect(rows[0]).toMatch(/FROZEN 20:41:00 UTC$/);
    expect(rows[1]).toMatch(/ ● REC web-07\.ctd\.gz {2}the disk is nearly full/);
    expect(rows.at(-1)).toContain('space resume');
  });

  it('has a time line live, too, while another moment than now is shown, with how long ago that was', async () => {
    const held: ScreenState = { ...FULL, frozen: true, timeline: lineTo(120_000, 60_000) };
    const rows = await glance({
      ...held,
      recording: 'web-07.ctd.gz',
      notice: { kind: 'no-verdict-change', direction: 1, soFar: false },
    });
    expect(rows[1]).toMatch(/^━+●─+ 1 min behind now {2}● REC/);
    expect(rows.at(-1)).toMatch(/^no later change .*quit$/);
    expect((await glance({ ...held, frozen: false }))[0]).toMatch(/BEHIND 20:41:00 UTC$/);
  });

  it('leaves off the time line what lies beyond what is read of all', async () => {
    const change = { atMs: 0, elapsedMs: 150_000, status: 'critical', title: '' } as const;
    const timeline = lineTo(120_000, 60_000, { toMs: 200_000, changes: [change] });
    const loadProgress = { readBytes: 1, totalBytes: 2, captures: { whole: 4, all: 12 } };
    const rows = await glance({ ...FULL, mode: 'replay', speed: 1, timeline, loadProgress });
    expect(rows[1]).toMatch(/^━+●─+ read 4 of 12 captures, 1 min of 2 min$/);
  });

  it('has a time line in a replay, with the place, the changes and the gaps', async () => {
    const change = (elapsedMs: number, status: 'warning' | 'critical') => ({
      atMs: 0,
      elapsedMs,
      status,
      title: '',
    });
    const rows = await glance({
      ...FULL,
      mode: 'replay',
      frozen: true,
      speed: 4,
      timeline: lineTo(120_000, 60_000, {
        changes: [change(33_000, 'warning'), change(44_000, 'critical')],
        gaps: [{ fromMs: 90_000, toMs: 100_000 }],
      }),
    });
    expect(rows[0]).toMatch(/PAUSED [\d-]{10} 20:41:00 UTC$/);
    expect(rows[1]).toBe('━━━━━━━━━━━━━━━━▲━━━━━✖━━━━━━━●─────────────      ────────── 1 min of 2 min  4x');
    expect(rows.at(-1)).toMatch(/^space play .*quit$/);
    expect(rows.at(-1)).not.toContain('record');
  });

  it('says on the time line how far a large capture is read, or how much of a pipe', async () => {
    const replay = { ...FULL, mode: 'replay', speed: 1, timeline: lineTo(120_000, 60_000) } as const;
    const file = await glance({ ...replay, loadProgress: { readBytes: 3_400_000, totalBytes: 10_000_000 } });
    expect(file[1]).toMatch(/●─+ read 34 %, 1 min of 2 min$/);
    const pipe = await glance({ ...replay, loadProgress: { readBytes: 3_400_000, totalBytes: null } });
    expect(pipe[1]).toMatch(/●─+ read 3 MiB, 1 min of 2 min$/);
  });

  it('lists marks among the events at their time, and shows them on the time line', async () => {
    const marked = stateOf(
      [...incidentRecords(60)].flatMap((record) =>
        record.type === 'tick' && record.elapsedMs === 50_002
          ? [{ type: 'mark', elapsedMs: 49_500, note: 'clients call\u001b[2J' } as const, record]
          : [record],
      ),
    );
    const rows = await glance(marked);
    const events = rows.slice(rows.findIndex((row) => row.startsWith('EVENTS')) + 1);
    expect(events[0]).toBe(' 20:40:49 ◆ mark: clients call·[2J');
    expect(events[1]).toMatch(/^ 20:40:44 ✖ conntrack table full/);
    const replay = await glance({
      ...marked,
      mode: 'replay',
      speed: 1,
      timeline: lineTo(60_000, 60_000, { marks: marked.marks ?? [] }),
    });
    expect(replay[1]).toMatch(/^━+◆━+●/);
  });

  it.each([80, 120])(
    'keeps the time line whole in a replay of %i columns, whatever is said',
    async (columns) => {
      const replay: ScreenState = {
        ...FULL,
        mode: 'replay',
        speed: 1,
        timeline: lineTo(120_000, 60_000),
      };
      const quiet = await openOn(columns, 24).show(replay);
      const notice: Notice = {
        kind: 'report-written',
        path: '/root/ctdiag-web-07-20261121-204107.md',
        notHere: 'EROFS',
      };
      const told = await openOn(columns, 24).show({ ...replay, notice });
      expect(told[1]).toBe(quiet[1]);
      expect(told.at(-1)).toMatch(/^report written to \/root\/ctdiag-web-07-20261121-2.*\? keys {2}q quit$/);
    },
  );
});

describe('hostile names', () => {
  const NASTY = '{red-fg}\u001b[31m\u001b[2J\r\n日本🔥e\u0301\u202e\u200b';

  it('shift no column and reach the terminal as nothing but text', async () => {
    const listeners = [{ ...LISTENER, address: NASTY, owner: { pid: 812, comm: NASTY } }];
    const incident: Incident = {
      listeners,
      netns: 4026532999,
      netnsLabel: NASTY,
      header: { ...HEADER, host: NASTY, kernel: NASTY },
      coverage: coverage({ bpftraceVersion: NASTY }),
      overflowsPerSec: 5,
    };
    for (const [columns, rows] of [
      [80, 24],
      [120, 36],
      [59, 15],
    ] as const) {
      const { terminal, show } = openOn(columns, rows);
      const hostile = await show(
        incidentState(60, incident, {
          notice: { kind: 'recording-failed', message: NASTY },
          recording: NASTY,
        }),
      );
      expect(terminal.written()).not.toContain('\u001b[2J\r');
      for (const row of hostile) expect(row).toMatch(/^[^\p{M}\p{Cf}\p{Cs}日本🔥]*$/u);
      if (columns < 60) continue;
      const plain = await openOn(columns, rows).show(incidentState(60, { overflowsPerSec: 5 }));
      const heads = (all: string[], word: string): number | undefined =>
        all.find((row) => row.startsWith(word))?.lastIndexOf(word === 'WHO' ? 'lost 1m' : 'full in');
      for (const word of ['CEILINGS', 'WHO']) expect(heads(hostile, word)).toBe(heads(plain, word));
      const ends = hostile.filter((row) => /TIME_WAIT|file handles/.test(row)).map((row) => row.length);
      for (const length of ends) expect(length).toBe(columns);
    }
  });

  it('stay in their row when a figure is wider than any column', async () => {
    const huge = {
      ...LISTENER,
      acceptQueue: Number.MAX_SAFE_INTEGER - 1,
      backlog: Number.MAX_SAFE_INTEGER - 1,
    };
    const rows = await openOn(80, 24).show(incidentState(10, { listeners: [huge] }));
    expect(rows.find((row) => row.startsWith('✖ accept queue'))).toMatch(/9\.0P +9\.0P +100 % +now$/);
  });
});

describe('steady columns', () => {
  it('stand at the same place at every second of an incident', async () => {
    const { show } = openOn(120, 36);
    const places = new Set<string>();
    for (let second = 0; second <= 66; second += 3) {
      const rows = await show(incidentState(second));
      places.add(
        rows
          .flatMap((row, index) =>
            /^(CEILINGS|RATES|WHO|Conntrack)/.test(row) ? [`${index}:${row.slice(0, 5)}`] : [],
          )
          .join(' '),
      );
    }
    expect([...places]).toEqual(['7:CEILI 15:RATES 21:Connt 31:WHO ─']);
  });

  it('do not swap two ceilings that are equal in whole percents', async () => {
    const orders = new Set<string>();
    const { show } = openOn(80, 24);
    for (const count of [2100, 2130, 2090]) {
      const state = incidentState(20, { triedPerSec: (second) => (second === 1 ? count : 7) });
      const rows = await show(state);
      orders.add(
        rows
          .slice(7, 12)
          .map((row) => row.slice(2, 14))
          .join(),
      );
    }
    expect(orders.size).toBe(1);
  });
});
