import type { Finding, Fix } from '../../diagnose/index.js';
import type { FilePlace } from '../../records/index.js';
import type { SettingDrift } from '../../limits/index.js';
import { formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';
import type { FixDraft } from './fix-draft.js';

/** `/etc/sysctl.d/90-conntrack.conf:3`. */
export function placeOfLine({ file, line }: FilePlace): string {
  return `${safeText(file, 120)}${line === null ? '' : `:${line}`}`;
}

/** A value of a sysctl for people: `65,536`, `1,024 to 65,535`. */
export function settingValue(value: string | null): string {
  if (value === null) return '?';
  const words = value.trim().split(/\s+/);
  const figures = words.map((word) =>
    /^\d{1,15}$/.test(word) ? formatCount(Number(word)) : safeText(word, 24),
  );
  return figures.join(words.length === 2 ? ' to ' : ' ');
}

/** The verdict on a setting that will not stay, without the end of a sentence. */
export function notPersistentTitle({ setting, evidence }: Finding): string {
  if (setting === undefined) return 'a sysctl will not stay as it is';
  const { name, running, file, kernelDefault, kubeProxy } = setting;
  const said = file === null ? 'no file' : placeOfLine(file);
  const is = `${safeText(name, 60)} is ${settingValue(running)}`;
  switch (setting.verdict) {
    case 'lost-at-module-load':
      return `${is}, the kernel's own: ${settingValue(file?.value ?? null)} of ${said} was lost, read before the module loaded`;
    case 'lost-at-next-boot':
      return `${is}, and will be lost at the next boot: ${said} is read before the module loads`;
    case 'overwritten-by-kube-proxy':
      return `${is}, set by ${safeText(kubeProxy?.comm ?? 'kube-proxy', 16)}(${kubeProxy?.pid ?? '?'}) over ${settingValue(file?.value ?? null)} of ${said}`;
    case 'run-time-only': {
      const used = evidence.find((evidence) => evidence.limit !== null)?.value ?? null;
      return `${is} until the next boot only: no file sets it, the kernel's own is ${settingValue(kernelDefault?.value ?? null)}, and ${formatCount(used)} were in use`;
    }
    default:
      return `${is}, but ${said} says ${settingValue(file?.value ?? null)}, which the next boot sets`;
  }
}

/** How to make a setting stay, or take hold. */
export function keepSysctlWords({ setting, reader }: Extract<Fix, { id: 'keep-sysctl' }>): FixDraft {
  const { name, running, file, verdict } = setting;
  const set = (value: string | undefined | null): string | null =>
    value != null && isPlain(value) ? `sysctl -w ${name}=${quoted(value)}` : null;
  if (verdict === 'lost-at-module-load' || verdict === 'lost-at-next-boot')
    return {
      action: `have ${name} set when its module has loaded`,
      command: verdict === 'lost-at-module-load' ? set(file?.value) : null,
      persist: `echo '${udevRule(reader)}' > /etc/udev/rules.d/91-ctdiag-conntrack.rules`,
      undo: 'rm /etc/udev/rules.d/91-ctdiag-conntrack.rules',
      effect: 'udev applies the sysctl files once more each time that the module is loaded',
      caveat:
        'needs udev; without it, `echo nf_conntrack > /etc/modules-load.d/ctdiag-conntrack.conf` loads the module before the files are read',
    };
  const higher = file === null || lastFigure(running) >= lastFigure(file.value);
  const value = running !== null && isPlain(running) ? running.trim().replace(/\s+/g, ' ') : null;
  return {
    action: higher
      ? `keep ${name} at ${settingValue(running)}`
      : `find out who lowered ${name}; ${placeOfLine(file)} asks for ${settingValue(file.value)}`,
    command: higher ? null : set(file.value),
    // After the line that says otherwise.
    persist: higher && value !== null ? { path: KEPT_LAST, sysctls: [{ name, value }], beside: [] } : null,
    undo: higher ? `rm ${KEPT_LAST}` : set(running),
    effect: higher ? 'the next boot sets what is now' : 'the value of the file is in force at once',
    caveat:
      verdict === 'overwritten-by-kube-proxy'
        ? 'kube-proxy writes it at each start: set conntrack.maxPerCore and conntrack.min in its configuration'
        : 'somebody may have changed it on purpose',
  };
}

const KEPT_LAST = '/etc/sysctl.d/99-zz-ctdiag.conf';

/** The rule that sysctl.d(5) advises, for whichever program reads the files here. */
function udevRule(reader: Extract<Fix, { id: 'keep-sysctl' }>['reader']): string {
  const program =
    reader === 'systemd-sysctl'
      ? '/usr/lib/systemd/systemd-sysctl --prefix=/net/netfilter --prefix=/net/nf_conntrack_max'
      : '/sbin/sysctl --system';
  return `ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="${program}"`;
}

/** Out of a file may come anything: only figures go into a command. */
function isPlain(value: string): boolean {
  return /^\d+(?:\s+\d+)*$/.test(value);
}

function quoted(value: string): string {
  return /\s/.test(value) ? `'${value.trim().replace(/\s+/g, ' ')}'` : value;
}

function lastFigure(value: string | null): number {
  return Number((value ?? '').trim().split(/\s+/).at(-1));
}

/** Where a limit is set, in a line: a file, the kernel itself, a proxy. */
export function whereSet(setting: SettingDrift): string {
  const { file, kernelDefault, verdict, kubeProxy } = setting;
  const byDefault =
    kernelDefault === null
      ? ''
      : `; the kernel's own is ${kernelDefault.exact ? '' : 'about '}${settingValue(kernelDefault.value)}`;
  switch (verdict) {
    case 'same':
      return file === null ? '' : placeOfLine(file);
    case 'default':
      return `the kernel's own${fromWords(setting)}; no file here sets it`;
    case 'lost-at-module-load':
      return file === null
        ? ''
        : `the kernel's own: ${placeOfLine(file)} (${settingValue(file.value)}) was read before the module loaded`;
    case 'lost-at-next-boot':
      return file === null ? '' : `${placeOfLine(file)}, which the next boot reads before the module loads`;
    case 'overwritten-by-kube-proxy':
    case 'set-by-kube-proxy':
      return `${safeText(kubeProxy?.comm ?? 'kube-proxy', 16)}(${kubeProxy?.pid ?? '?'})${file === null ? '' : `, over ${settingValue(file.value)} of ${placeOfLine(file)}`}`;
    case 'drift':
      return file === null ? '' : `by hand; ${placeOfLine(file)} says ${settingValue(file.value)}`;
    case 'run-time-only':
      return `by hand, until the next boot${byDefault}`;
    case 'unset':
      return `no file here sets it${byDefault}`;
    case 'unknown':
      return '?';
  }
}

function fromWords({ kernelDefault }: SettingDrift): string {
  switch (kernelDefault?.from) {
    case 'memory':
      return ' for this memory';
    case 'cpus':
      return ' for these CPUs';
    case 'hashsize':
      return " for the module's hashsize";
    default:
      return '';
  }
}
