import { METRICS } from '../../records/index.js';

/**
 * Words of ctdiag's, bpftrace's and the kernel's own messages. In free text every other word may be a name and is
 * replaced: a word missing here costs the reader little, a name that stays costs its owner more.
 */
const WORDS = `
  a absent accept address after again alloc allocated and are as asked at attach attached auto backlog be because best
  bpf bpffs bpftrace btf but by bytes call cannot cgroup clang code compile conn connect connections conntrack config
  container could count counters cpu create ctdiag debug denied destroy detail did directory disk does doctor dropped
  dump end ended enough entry eperm enoent eacces eio emfile enfile enomem error errno event events exit exited failed
  family fatal fd fentry fexit file files fits for found from full function functions given group groups has have
  header hook host in inet init insert install installed integrity interval invalid ip ipv4 ipv6 is it its kallsyms
  kernel key keys killed kprobe kprobes kretprobe last level limit limits line linux listen listener listening listeners
  lld llvm load loaded locked lockdown longer lost low map maps mem memory memlock missing mode module modules mount
  mounted must n name names namespace namespaces needs net netfilter netns new newer nf no node none not nothing num of
  off old on one only open opened operation or other out overflow overflows owner owners permission permitted perf pid
  print probe probes proc process processes program programs queue read reader record recorded records recv refused
  request resource restarted root run running s said second see self segmentation seen sent setpriv sh sigabrt sighup
  sigint sigkill signal sigsegv sigterm silent since skb slow snmp so sock socket sockets softnet source ss start started
  starting starved stat state stdin stopped string struct sudo such sys sysctl syscall syscalls sysfs syn table
  terminated than that the there they this tick time timeout to too total totals tp trace tracefs tracepoint tracepoints
  tracing tries try type uid unable unknown unavailable unreadable until up use used user verifier version vmlinux wait
  warning warnings was were what when while who why will with within without words write x yet
  drop kfree reason confidentiality by reading recording written key quit sampled anew
  amd64 arm64 aarch64 x86 64 generic lowlatency cloud azure aws gcp kvm rt lts default pve uek hardened zen arch rpi
  microsoft standard wsl2 lxc orb linuxkit
`;

const NEUTRAL: ReadonlySet<string> = new Set(
  [...WORDS.split(/\s+/), ...Object.keys(METRICS).flatMap((name) => name.split(/[^A-Za-z0-9]+/))]
    .filter((word) => word !== '')
    .map((word) => word.toLowerCase()),
);

/** Ports, exit codes, most pids. A longer number may be a phone's, a person's or an address. */
const SMALL_NUMBER = /^(?:\d{1,2}|[1-9]\d{2,4})$/;
/** Parts of distributions' versions: `el9`, `deb12u3`. */
const VERSION_PART = /^(?:(?:el|fc|rc|u)\d{1,2}|(?:amzn|bpo|deb)\d{1,4}(?:u\d{1,2})?)$/;

/** Whether a word of a message identifies no person or host: a small number, or a word of ctdiag, bpftrace or the kernel. */
export function isNeutral(word: string): boolean {
  return SMALL_NUMBER.test(word) || VERSION_PART.test(word) || NEUTRAL.has(word.toLowerCase());
}
