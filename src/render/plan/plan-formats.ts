import {
  emqxForm,
  kubernetesForm,
  modprobeForm,
  sysctlForm,
  systemdForm,
  udevForm,
} from '../../plan/index.js';
import type { Plan } from '../../plan/index.js';
import type { PlanFormat } from './plan-format-names.js';
import { planJson } from './plan-json.js';
import { planText } from './plan-text.js';

/** Options of the formats beside the plan. */
export interface FormOptions {
  /** The systemd unit of the server; `null` if not given. */
  readonly unit: string | null;
}

/** The plan in the given format, ending with a newline. */
export function formatPlan(format: PlanFormat, plan: Plan, { unit }: FormOptions): string {
  switch (format) {
    case 'text':
      return planText(plan);
    case 'json':
      return planJson(plan);
    case 'sysctl':
      return sysctlForm(plan);
    case 'udev':
      return udevForm(plan);
    case 'modprobe':
      return modprobeForm(plan);
    case 'systemd':
      return systemdForm(plan, unit);
    case 'kubernetes':
      return kubernetesForm(plan);
    case 'emqx':
      return emqxForm(plan);
  }
}
