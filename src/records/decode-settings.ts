import { count, list, nullable, object, oneOf, own, text, time, truth } from './decode-fields.js';
import type { Fields } from './decode-fields.js';
import type { FilePlace, SettingsRecord, SysctlFile, SysctlReapplied } from './settings.js';

/** Decodes what a capture says of where limits are set. */
export function decodeSettings(fields: Fields, elapsedMs: number): SettingsRecord {
  return {
    type: 'settings',
    elapsedMs,
    reader: nullable(fields, 'reader', (from, name) => oneOf(from, name, ['systemd-sysctl', 'procps'])),
    inContainer: truth(fields, 'inContainer'),
    inInitNetns: nullable(fields, 'inInitNetns', truth),
    bootedAtMs: nullable(fields, 'bootedAtMs', time),
    cpus: nullable(fields, 'cpus', count),
    sysctlFiles: list(fields, 'sysctlFiles', sysctlFile),
    moduleLoads: list(fields, 'moduleLoads', (one) => ({
      ...place(one),
      module: text(one, 'module'),
      by: oneOf(one, 'by', ['modules-load', 'command-line', 'built-in']),
    })),
    moduleOptions: list(fields, 'moduleOptions', (one) => ({
      ...place(one),
      module: text(one, 'module'),
      option: text(one, 'option'),
      value: text(one, 'value'),
    })),
    reapplied: list(fields, 'reapplied', reapplied),
    kubeProxy: nullable(fields, 'kubeProxy', (from, name) => {
      const proxy = object(own(from, name), name);
      return { pid: count(proxy, 'pid'), comm: text(proxy, 'comm') };
    }),
    services: list(fields, 'services', (one) => ({
      pid: count(one, 'pid'),
      unit: nullable(one, 'unit', text),
      nofile: nullable(one, 'nofile', (from, name) => {
        const set = object(own(from, name), name);
        return { ...place(set), value: text(set, 'value') };
      }),
      by: nullable(one, 'by', (from, name) => oneOf(from, name, ['unit', 'manager', 'login', 'container'])),
    })),
    unreadable: list(fields, 'unreadable', (one) => ({ what: text(one, 'what'), why: text(one, 'why') })),
  };
}

function sysctlFile(fields: Fields): SysctlFile {
  return {
    file: text(fields, 'file'),
    linkTo: nullable(fields, 'linkTo', text),
    maskedBy: nullable(fields, 'maskedBy', text),
    readAtBoot: truth(fields, 'readAtBoot'),
    changedAtMs: nullable(fields, 'changedAtMs', time),
    lines: list(fields, 'lines', (one) => ({
      line: count(one, 'line'),
      key: text(one, 'key'),
      value: nullable(one, 'value', text),
    })),
  };
}

function reapplied(fields: Fields): SysctlReapplied {
  return {
    ...place(fields),
    module: text(fields, 'module'),
    by: oneOf(fields, 'by', ['udev', 'modprobe']),
    sets: nullable(fields, 'sets', (from, name) => {
      const set = object(own(from, name), name);
      return { key: text(set, 'key'), value: text(set, 'value') };
    }),
    prefix: nullable(fields, 'prefix', text),
  };
}

function place(fields: Fields): FilePlace {
  return { file: text(fields, 'file'), line: nullable(fields, 'line', count) };
}
