/** The forms that a plan is printed in: for a person, for machines, and for each system that takes settings. */
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
