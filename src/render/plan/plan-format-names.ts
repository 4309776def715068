/** The output formats of a plan. */
export const PLAN_FORMATS = [
  'text',
  'json',
  'sysctl',
  'udev',
  'modprobe',
  'systemd',
  'kubernetes',
  'emqx',
] as const;

export type PlanFormat = (typeof PLAN_FORMATS)[number];
