export { persistentSysctls, runtimeChanges } from './changes.js';
export type { SysctlChange } from './changes.js';
export { checkFiles, checkPlan } from './check/check.js';
export type { Check, CheckRow, Compared, Wanted } from './check/check.js';
export { overruledBy } from './check/own-files.js';
export type { OwnFiles } from './check/own-files.js';
export { usedOf, satisfies } from './check/satisfies.js';
export { emqxForm } from './forms/emqx.js';
export { kubernetesForm, kubernetesSplit } from './forms/kubernetes.js';
export { modprobeForm } from './forms/modprobe.js';
export {
  isPersistentFolder,
  isPersistentPath,
  isPlanText,
  persistentFiles,
} from './forms/persistent-files.js';
export type { PersistentFile } from './forms/persistent-files.js';
export { sysctlForm } from './forms/sysctl.js';
export { dropInFile, dropInLimit, systemdForm, unitOf } from './forms/systemd.js';
export { udevForm } from './forms/udev.js';
export { plannedSysctls, readSysctls, SETTABLE_SYSCTLS } from './names.js';
export { inOrderOfStopping, planFor } from './plan.js';
export type { Plan } from './plan.js';
export { PROFILES } from './profiles.js';
export type { ProfileName } from './profiles.js';
export { BadPlan, MOST_PLAN_BYTES, readPlan } from './read-plan.js';
export type { PrintedPlan } from './read-plan.js';
export type { Setting } from './setting.js';
export { conntrackUse, notrackRules } from './sizing/conntrack-use.js';
export type { ConntrackUser } from './sizing/conntrack-use.js';
export type { ConnectionCost } from './sizing/memory.js';
export { stockHost } from './stock.js';
export { assumedRate } from './target.js';
export type { Target } from './target.js';
export type { Why } from './why.js';
