import type { Subject } from '../../diagnose/index.js';
import type { Listener, Netns, PortUse, ProcessUse } from '../../records/index.js';
import { safeText } from '../safe-text.js';

/** `10.0.0.1:1883`, `[::]:1883`. */
export function addressOf(listener: Pick<Listener, 'address' | 'port'>): string {
  const address = safeText(listener.address, 45);
  return `${address.includes(':') ? `[${address}]` : address}:${listener.port}`;
}

/** `mosquitto(812)`, or `owner unknown`. */
export function ownerOf(listener: Listener): string {
  return listener.owner === null ? 'owner unknown' : processName(listener.owner);
}

/** `mosquitto(812)`. */
export function processName({ comm, pid }: { readonly comm: string; readonly pid: number }): string {
  return `${safeText(comm, 16)}(${pid})`;
}

/** `10.0.0.2 → 10.0.0.1:1883`. */
export function routeOf({ source, destination, port }: PortUse): string {
  const to = safeText(destination, 45);
  return `${safeText(source, 45)} → ${to.includes(':') ? `[${to}]` : to}:${port}`;
}

/** The control group of a process by its last name, `broker.service`; `null` where it is not known. */
export function taskGroupOf({ tasks }: ProcessUse): string | null {
  const name = tasks?.cgroup.split('/').findLast((part) => part !== '');
  return name === undefined ? null : safeText(name, 40);
}

/** ` in pod broker-0`; empty for the host's own namespace. */
export function inNetns(netns: Netns, label: string | null, hostNetns: Netns | null): string {
  return netns === hostNetns ? '' : ` in ${label === null ? `namespace ${netns}` : safeText(label, 40)}`;
}

/** Which listener, process or namespace a finding or a figure is about; empty for the host itself. */
export function subjectWords(subject: Subject, hostNetns: Netns | null): string {
  switch (subject.kind) {
    case 'node':
      return '';
    case 'netns':
      return inNetns(subject.netns, subject.label, hostNetns);
    case 'listener':
      return inNetns(subject.listener.netns, subject.netnsLabel, hostNetns);
    case 'ports':
      return inNetns(subject.ports.netns, subject.netnsLabel, hostNetns);
    case 'process':
      return ` of ${processName(subject.process)}`;
  }
}
