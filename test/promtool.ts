import { execaSync } from 'execa';

/** Whether promtool (Debian package prometheus) can judge what is written for Prometheus; warns once when it cannot. */
export const promtool = execaSync('promtool', ['--version'], { reject: false }).exitCode === 0;
if (!promtool) console.warn('SKIPPED, promtool (Debian package prometheus) is not installed: its verdict');
