import { constants } from 'node:os';
import { expect, it } from 'vitest';
import {
  describeError,
  describeErrno,
  describeFileError,
  errnoOf,
  isAbsent,
  isDenied,
} from '../src/errno.js';

const refused = (code: string): Error => Object.assign(new Error(`${code}: open`), { code });

it.each([
  ['EACCES', 'permission denied', 'cannot be opened: permission denied'],
  ['EPERM', 'permission denied', 'cannot be opened: permission denied'],
  ['ENOSPC', 'the disk is full', 'cannot be written: the disk is full'],
  ['ENOENT', 'no such file or directory', 'does not exist'],
  ['EISDIR', 'it is a directory', 'is a directory'],
  ['ENAMETOOLONG', 'ENAMETOOLONG', 'cannot be read or written (ENAMETOOLONG)'],
])('%s is worded "%s", and of a file "%s"', (code, reason, ofFile) => {
  expect([describeErrno(code), describeError(refused(code))]).toEqual([reason, reason]);
  expect(describeFileError(refused(code))).toBe(ofFile);
});

it('an errno that libuv has no name for is named by its number', () => {
  const code = `Unknown system error ${-constants.errno.EDQUOT}`;
  const error = Object.assign(new Error(code), { code, errno: -constants.errno.EDQUOT, syscall: 'write' });
  expect([errnoOf(error), describeError(error)]).toEqual(['EDQUOT', 'the disk quota is used up']);
});

it('an error that is not the kernel’s keeps its own message', () => {
  const error = Object.assign(new TypeError('no'), { code: 'ERR_INVALID_ARG_TYPE' });
  expect([errnoOf(error), describeFileError(error), describeError(error)]).toEqual([null, null, 'no']);
});

it('tells what is absent from what is denied', () => {
  const codes = ['ENOENT', 'ENOTDIR', 'EACCES', 'EPERM', 'EIO'];
  expect(codes.filter((code) => isAbsent(refused(code)))).toEqual(['ENOENT', 'ENOTDIR']);
  expect(codes.filter((code) => isDenied(refused(code)))).toEqual(['EACCES', 'EPERM']);
});
