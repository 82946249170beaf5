import { availableParallelism } from 'node:os';
import { defineConfig } from 'vitest/config';

/** Rooms whose tests change nothing that the next file would see: a process loads what they share once. */
const SHARING = [
  'core',
  'formats',
  'protocols',
  'profiles',
  'conform',
  'replay',
  'upstream',
  'agent',
  'connect',
  'verify',
  'clients',
  'console',
];
/** Measures memory, of which others that share its process would have some. */
const MEASURES = 'long';
const sharing = SHARING.map((room) => `test/${room}/**/!(${MEASURES}).test.ts`);

export default defineConfig({
  test: {
    globalSetup: ['test/cli/build.ts'],
    setupFiles: ['test/fast-check-seed.ts'],
    reporters: ['default', './test/counts-reporter.ts'],
    testTimeout: 120_000,
    // Starting a database server takes its time on a busy machine.
    hookTimeout: 120_000,
    // Tests of processes that are killed and of databases mostly wait, so two more than there are processors.
    maxWorkers: availableParallelism() + 2,
    projects: [
      { extends: true, test: { name: 'sharing', isolate: false, include: sharing } },
      { extends: true, test: { name: 'alone', include: ['test/**/*.test.ts'], exclude: sharing } },
    ],
  },
});
