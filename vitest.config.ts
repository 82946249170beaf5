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
    // The default leaves one processor idle, which on a machine with two is half of the time.
    maxWorkers: '100%',
  },
});
