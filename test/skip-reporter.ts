import type { Reporter, TestModule } from 'vitest/node';

/** Says after a run which tests were skipped on this machine, and why where the test tells. */
export const skipReporter: Reporter = {
  onTestRunEnd(modules: readonly TestModule[]) {
    const skipped = modules.flatMap((module) =>
      [...module.children.allTests('skipped')].map((test) => {
        const result = test.result();
        const note = result.state === 'skipped' ? result.note : undefined;
        return `  ${module.relativeModuleId}: ${test.fullName}${note === undefined ? '' : ` (${note})`}`;
      }),
    );
    if (skipped.length === 0) return;
    process.stdout.write(
      `\nSkipped here, because this system, its tools or the rights of this user do not allow it (${skipped.length}):\n${skipped.join('\n')}\n`,
    );
  },
};
