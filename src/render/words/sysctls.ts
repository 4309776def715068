import type { Finding } from '../../diagnose/index.js';
import type { FilePlace } from '../../records/index.js';
import type { SettingDrift } from '../../limits/index.js';
import { formatCount } from '../numbers.js';
import { safeText } from '../safe-text.js';

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
  if (setting === undefined) return 'a sysctl setting is not persistent';
  const { name, running, file, kernelDefault, kubeProxy } = setting;
  const said = file === null ? 'no file' : placeOfLine(file);
  const is = `${safeText(name, 60)} is ${settingValue(running)}`;
  switch (setting.verdict) {
    case 'lost-at-module-load':
      return `${is}, the kernel default: ${settingValue(file?.value ?? null)} of ${said} was lost because it is read before the module loads`;
    case 'lost-at-next-boot':
      return `${is}, and will be lost at the next boot: ${said} is read before the module loads`;
    case 'overwritten-by-kube-proxy':
      return `${is}, set by ${safeText(kubeProxy?.comm ?? 'kube-proxy', 16)}(${kubeProxy?.pid ?? '?'}) over ${settingValue(file?.value ?? null)} of ${said}`;
    case 'run-time-only': {
      const used = evidence.find((evidence) => evidence.limit !== null)?.value ?? null;
      return `${is} until the next boot only: no file sets it, the kernel default is ${settingValue(kernelDefault?.value ?? null)}, and ${formatCount(used)} were in use`;
    }
    default:
      return `${is}, but ${said} says ${settingValue(file?.value ?? null)}, which the next boot sets`;
  }
}

/** Where a limit is set, in a line: a file, the kernel itself, a proxy. */
export function whereSet(setting: SettingDrift): string {
  const { file, kernelDefault, verdict, kubeProxy } = setting;
  const byDefault =
    kernelDefault === null
      ? ''
      : `; the kernel default is ${kernelDefault.exact ? '' : 'about '}${settingValue(kernelDefault.value)}`;
  switch (verdict) {
    case 'same':
      return file === null ? '' : placeOfLine(file);
    case 'default':
      return `kernel default${fromWords(setting)}`;
    case 'lost-at-module-load':
      return file === null
        ? ''
        : `kernel default: ${placeOfLine(file)} (${settingValue(file.value)}) was read before the module loaded`;
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
      return ' (from RAM size)';
    case 'cpus':
      return ' (from the number of CPUs)';
    case 'hashsize':
      return ' (from hashsize of the module, rounded up by the kernel)';
    default:
      return '';
  }
}
