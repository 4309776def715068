import type { Fix } from '../../../diagnose/index.js';
import { placeOfLine, settingValue } from '../sysctls.js';
import type { FixDraft } from './fix-draft.js';
import { KUBE_PROXY_WRITES_BACK, kubeProxyForm } from './kube-proxy.js';
import { shellQuote } from './shell.js';

type KeepSysctl = Extract<Fix, { id: 'keep-sysctl' }>;

const KEPT_LAST = '/etc/sysctl.d/99-zz-ctdiag.conf';

/** How to make a setting stay, or take hold. */
export function keepSysctlWords(fix: KeepSysctl): FixDraft {
  const { name, running, file, verdict } = fix.setting;
  if (verdict === 'lost-at-module-load' || verdict === 'lost-at-next-boot') return reapplyAtLoad(fix);
  const isHigher = file === null || lastFigure(running) >= lastFigure(file.value);
  if (verdict === 'overwritten-by-kube-proxy') return setInKubeProxy(fix, isHigher);
  const value = running !== null && isPlain(running) ? oneBlank(running) : null;
  return {
    action: isHigher
      ? `keep ${name} at ${settingValue(running)}`
      : `find what lowered ${name}; ${placeOfLine(file)} sets ${settingValue(file.value)}`,
    command: isHigher || setCommand(name, running) === null ? null : setCommand(name, file.value),
    // After the line that says otherwise.
    persist:
      isHigher && value !== null
        ? { path: KEPT_LAST, sysctls: [{ name, value }], running: [], beside: [] }
        : null,
    undo: isHigher ? `rm ${KEPT_LAST}` : setCommand(name, running),
    effect: isHigher ? 'the next boot sets the present value' : 'the value of the file is in force at once',
    caveat: 'It may have been changed on purpose.',
  };
}

/** The module loads after the sysctl files are read: they must be read again then. */
function reapplyAtLoad({ setting, reader }: KeepSysctl): FixDraft {
  const { name, file, verdict } = setting;
  const program =
    reader === 'systemd-sysctl'
      ? '/usr/lib/systemd/systemd-sysctl --prefix=/net/netfilter --prefix=/net/nf_conntrack_max'
      : '/sbin/sysctl --system';
  // The rule that sysctl.d(5) advises, for whichever program reads the files here.
  const rule = `ACTION=="add", SUBSYSTEM=="module", KERNEL=="nf_conntrack", RUN+="${program}"`;
  return {
    action: `have ${name} set whenever its module loads`,
    command: verdict === 'lost-at-module-load' ? setCommand(name, file?.value) : null,
    persist: `echo '${rule}' > /etc/udev/rules.d/91-ctdiag-conntrack.rules`,
    undo: 'rm /etc/udev/rules.d/91-ctdiag-conntrack.rules',
    effect: 'udev applies the sysctl files again each time that the module is loaded',
    caveat:
      'It needs udev; without udev, `echo nf_conntrack > /etc/modules-load.d/ctdiag-conntrack.conf` loads the module before the files are read.',
  };
}

/** kube-proxy writes its own figure at each start: only its configuration lasts. */
function setInKubeProxy({ setting }: KeepSysctl, isHigher: boolean): FixDraft {
  const { name, running, file, kubeProxy } = setting;
  const wanted = lastFigure(isHigher ? running : (file?.value ?? null));
  const kind = /^(?:k3s|rke2)/.test(kubeProxy?.comm ?? '') ? 'k3s' : 'kube-proxy';
  const form = name.endsWith('nf_conntrack_max')
    ? kubeProxyForm(kind, { max: wanted })
    : name.endsWith('timeout_established')
      ? kubeProxyForm(kind, { establishedSec: wanted })
      : null;
  return {
    action: `set ${name} in the configuration of kube-proxy`,
    command: isHigher || setCommand(name, running) === null ? null : setCommand(name, file?.value),
    persist: Number.isSafeInteger(wanted) ? form : null,
    undo: isHigher ? null : setCommand(name, running),
    effect: isHigher
      ? 'kube-proxy sets the present value at each start'
      : 'the value of the file is in force at once, and kube-proxy sets it at each start',
    caveat: `A line in sysctl.d does not last: ${KUBE_PROXY_WRITES_BACK}.`,
  };
}

/** Out of a file may come anything: only figures go into a command. */
function isPlain(value: string): boolean {
  return /^\d+(?:\s+\d+)*$/.test(value.trim());
}

function setCommand(name: string, value: string | null | undefined): string | null {
  return value != null && isPlain(value) ? `sysctl -w ${name}=${shellQuote(oneBlank(value))}` : null;
}

function oneBlank(value: string): string {
  return value.trim().replace(/\s+/g, ' ');
}

function lastFigure(value: string | null): number {
  return Number((value ?? '').trim().split(/\s+/).at(-1));
}
