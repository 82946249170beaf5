import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

export default defineConfig({
  test: {
    globalSetup: ['test/cli/build.ts'],
    setupFiles: ['test/fast-check-seed.ts'],
    include: ['test/**/*.test.ts'],
    reporters: ['default', './test/counts-reporter.ts'],
    testTimeout: 120_000,
    // Starting a database server takes its time on a busy machine.
    hookTimeout: 120_000,
    // Tests of processes that are killed and of databases mostly wait, so one more than there are processors.
    maxWorkers: availableParallelism() + 1,
  },
});
