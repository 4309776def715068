export * from './sysctl.js';
export * from './udev.js';
export * from './modprobe.js';
export * from './systemd.js';
export * from './kubernetes.js';
export * from './emqx.js';
