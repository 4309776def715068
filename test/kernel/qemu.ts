import type { Kernel } from './kernels.js';

/** A folder of the host that the guest sees, read-only. */
export interface Share {
  readonly hostPath: string;
  readonly guestPath: string;
}

interface Machine {
  readonly kernel: Kernel;
  readonly initramfs: string;
  readonly root: string;
  readonly memoryMiB: number;
  readonly resultsDir: string;
  /** Share n gets the mount tag `share-n`. */
  readonly shares: readonly Share[];
}

/** `mitigations=off` spares emulated work; `panic=-1` with `-no-reboot` ends QEMU when the kernel panics. */
const kernelArguments = 'console=ttyS0 quiet panic=-1 nokaslr mitigations=off';

/** Emulation needs no hardware support, so that the tests run where /dev/kvm is absent, as in most CI. */
export function qemuCommand({ kernel, initramfs, root, memoryMiB, resultsDir, shares }: Machine): string[] {
  return [
    'qemu-system-x86_64',
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', `${memoryMiB}M`],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', kernelArguments],
    ...shareArguments('share-root', root, true),
    ...shareArguments('share-results', resultsDir, false),
    ...shares.flatMap(({ hostPath }, index) => shareArguments(`share-${index}`, hostPath, true)),
  ];
}

function shareArguments(tag: string, path: string, readOnly: boolean): string[] {
  // A comma in an option value is written twice. One root may hold several file systems: remap inode numbers.
  const fixed = 'security_model=none,multidevs=remap';
  const value = `local,path=${path.replaceAll(',', ',,')},mount_tag=${tag},${fixed}`;
  return ['-virtfs', readOnly ? `${value},readonly=on` : value];
}
