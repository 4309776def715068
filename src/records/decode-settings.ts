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
    moduleLoads: list(fields, 'moduleLoads', (item) => ({
      ...decodeFilePlace(item),
      module: text(item, 'module'),
      by: oneOf(item, 'by', ['modules-load', 'command-line', 'built-in']),
    })),
    moduleOptions: list(fields, 'moduleOptions', (item) => ({
      ...decodeFilePlace(item),
      module: text(item, 'module'),
      option: text(item, 'option'),
      value: text(item, 'value'),
    })),
    reapplied: list(fields, 'reapplied', decodeReapplied),
    kubeProxy: nullable(fields, 'kubeProxy', (from, name) => {
      const proxy = object(own(from, name), name);
      return { pid: count(proxy, 'pid'), comm: text(proxy, 'comm') };
    }),
    services: list(fields, 'services', (item) => ({
      pid: count(item, 'pid'),
      unit: nullable(item, 'unit', text),
      nofile: nullable(item, 'nofile', (from, name) => {
        const set = object(own(from, name), name);
        return { ...decodeFilePlace(set), value: text(set, 'value') };
      }),
      by: nullable(item, 'by', (from, name) => oneOf(from, name, ['unit', 'manager', 'login', 'container'])),
    })),
    unreadable: list(fields, 'unreadable', (item) => ({ what: text(item, 'what'), why: text(item, 'why') })),
  };
}

function sysctlFile(fields: Fields): SysctlFile {
  return {
    file: text(fields, 'file'),
    linkTo: nullable(fields, 'linkTo', text),
    maskedBy: nullable(fields, 'maskedBy', text),
    readAtBoot: truth(fields, 'readAtBoot'),
    changedAtMs: nullable(fields, 'changedAtMs', time),
    lines: list(fields, 'lines', (item) => ({
      line: count(item, 'line'),
      key: text(item, 'key'),
      value: nullable(item, 'value', text),
    })),
  };
}

function decodeReapplied(fields: Fields): SysctlReapplied {
  return {
    ...decodeFilePlace(fields),
    module: text(fields, 'module'),
    by: oneOf(fields, 'by', ['udev', 'modprobe']),
    sets: nullable(fields, 'sets', (from, name) => {
      const set = object(own(from, name), name);
      return { key: text(set, 'key'), value: text(set, 'value') };
    }),
    prefix: nullable(fields, 'prefix', text),
  };
}

function decodeFilePlace(fields: Fields): FilePlace {
  return { file: text(fields, 'file'), line: nullable(fields, 'line', count) };
}
