const EVERY_MS = 20;

// What is measured is from one turn to the next, which are EVERY_MS apart when nothing is in the way.
const SCRIPT = `
  import { writeFileSync } from 'node:fs';
  import { monitorEventLoopDelay } from 'node:perf_hooks';
  const delays = monitorEventLoopDelay({ resolution: ${EVERY_MS} });
  delays.enable();
  process.on('SIGUSR2', () => delays.reset());
  process.on('exit', () => {
    writeFileSync(process.env.BENCH_PAUSES, String(Math.max(0, delays.max / 1e6 - ${EVERY_MS})));
  });`;

/**
 * For `node --import`: when the program ends, the longest pause of its event loop since the last SIGUSR2 is written to
 * the file that BENCH_PAUSES names, in milliseconds.
 */
export const WATCH_PAUSES = `data:text/javascript;base64,${Buffer.from(SCRIPT).toString('base64')}`;
