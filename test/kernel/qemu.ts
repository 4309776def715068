import type { Kernel } from './kernels.js';
import type { ServedShare } from './virtiofs.js';

/** A folder of the host that the guest sees, read-only. */
export interface Share {
  readonly hostPath: string;
  readonly guestPath: string;
}

/** A folder of the host as a device of the guest, by the tag that it mounts it by. */
export interface TaggedShare {
  readonly tag: string;
  readonly hostPath: string;
  readonly readOnly: boolean;
}

interface Machine {
  readonly kernel: Kernel;
  readonly initramfs: string;
  readonly memoryMiB: number;
  /** Those of virtiofs have a daemon each. */
  readonly shares: readonly (TaggedShare | ServedShare)[];
}

/** `mitigations=off` spares emulated work; `panic=-1` with `-no-reboot` ends QEMU when the kernel panics. */
const kernelArguments = 'console=ttyS0 quiet panic=-1 nokaslr mitigations=off';

/** Emulation needs no hardware support, so that the tests run where /dev/kvm is absent, as in most CI. */
export function qemuCommand({ kernel, initramfs, memoryMiB, shares }: Machine): string[] {
  return [
    'qemu-system-x86_64',
    ...['-accel', 'tcg,thread=multi', '-cpu', 'max', '-smp', '2', '-m', `${memoryMiB}M`],
    ...['-display', 'none', '-monitor', 'none', '-serial', 'stdio', '-no-reboot', '-nic', 'none'],
    ...['-kernel', kernel.image, '-initrd', initramfs, '-append', kernelArguments],
    ...memoryArguments(kernel, memoryMiB),
    ...shares.flatMap((share) => ('socket' in share ? virtiofsArguments(share) : ninepArguments(share))),
  ];
}

/** The daemons of virtiofs read and write the guest's memory themselves. */
function memoryArguments({ transport }: Kernel, memoryMiB: number): string[] {
  if (transport === '9p') return [];
  return [
    ...['-object', `memory-backend-memfd,id=memory,size=${memoryMiB}M,share=on`],
    ...['-numa', 'node,memdev=memory'],
  ];
}

function virtiofsArguments({ tag, socket }: ServedShare): string[] {
  return [
    ...['-chardev', `socket,id=${tag},path=${socket}`],
    ...['-device', `vhost-user-fs-pci,chardev=${tag},tag=${tag}`],
  ];
}

function ninepArguments({ tag, hostPath, readOnly }: TaggedShare): string[] {
  // A comma in an option value is written twice. One root may hold several file systems: remap inode numbers.
  const fixed = 'security_model=none,multidevs=remap';
  const value = `local,path=${hostPath.replaceAll(',', ',,')},mount_tag=${tag},${fixed}`;
  return ['-virtfs', readOnly ? `${value},readonly=on` : value];
}
