import { InvalidArgumentError } from 'commander';
import { connectionCount } from './values/connection-count.js';
import { parseCount } from './values/counts.js';
import { parseSize } from './values/sizes.js';

/** Less is a typing error. */
const MIN_MEMORY_BYTES = 64 * 1024 ** 2;

/** An amount of RAM; the unit is required, as a bare number is ambiguous. */
export const memory = (text: string): number => {
  const bytes = /[kmgt](i?b)?$/i.test(text.trim()) ? parseSize(text) : null;
  if (bytes === null || bytes < MIN_MEMORY_BYTES)
    throw new InvalidArgumentError('Give an amount with its unit, at least 64M, such as 8G.');
  return bytes;
};

/** A rate such as `5000/s` or `5k`, per second. */
export const rate = (text: string): number => {
  const [, number = '', unit] = /^(.*?)(\/s|\/min)?$/.exec(text.trim()) ?? [];
  const perSec = (parseCount(number) ?? 0) / (unit === '/min' ? 60 : 1);
  if (!(perSec > 0)) throw new InvalidArgumentError('Give a rate such as 5000/s, 5k/s or 300/min.');
  return Math.max(1, Math.ceil(perSec));
};

/** How many connections: `1000000`, `1M`. */
export const connections = (text: string): number => {
  const count = connectionCount(text);
  if (typeof count === 'string') throw new InvalidArgumentError(count);
  return count;
};

/** A share of the connections: `30%`, from 0 to 100. Returns 0 to 1. */
export const share = (text: string): number => {
  const percent = /^(\d{1,3}(?:\.\d{1,2})?)%$/.exec(text.trim())?.[1];
  if (percent === undefined || Number(percent) > 100)
    throw new InvalidArgumentError('Give a share of the connections such as 30%, at most 100%.');
  return Number(percent) / 100;
};

/** A version of EMQX, such as 5.8 or 6.3.1. */
export const emqxVersion = (text: string): string => {
  if (!/^\d{1,2}\.\d{1,3}(?:\.\d{1,3})?$/.test(text))
    throw new InvalidArgumentError('Give a version of EMQX such as 5.8.0 or 6.3.');
  return text;
};

/** Ports such as `1883,8883`. */
export const ports = (text: string): readonly number[] => {
  const found = text.split(',').map((text) => (/^\d{1,5}$/.test(text) ? Number(text) : 0));
  if (found.some((port) => port < 1 || port > 65_535))
    throw new InvalidArgumentError('Give ports from 1 to 65535, comma-separated: 1883,8883.');
  return [...new Set(found)].sort((a, b) => a - b);
};

/** A whole number of at least 1. */
export const count = (text: string): number => {
  const value = parseCount(text) ?? 0;
  if (value < 1 || value > 999_999) throw new InvalidArgumentError('Give a whole number of at least 1.');
  return value;
};

/** The name of a systemd unit, which becomes the name of a folder. */
export const unitName = (text: string): string => {
  if (!/^[A-Za-z0-9:_.@-]{1,200}$/.test(text) || text.startsWith('.'))
    throw new InvalidArgumentError('Give the name of a unit such as emqx.service.');
  return text.endsWith('.service') ? text : `${text}.service`;
};

/** A kernel, as `uname -r` names it or shorter. */
export const kernelVersion = (text: string): string => {
  if (!/^\d{1,2}\.\d{1,3}[\w.+~-]{0,100}$/.test(text))
    throw new InvalidArgumentError('Give a kernel such as 6.12 or 5.10.0-28-amd64.');
  return text;
};
