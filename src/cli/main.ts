#!/usr/bin/env node
import module from 'node:module';

// From Node 22.8 on what was compiled once is kept: a start is then mostly reading files.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const { main } = await import('./program.ts');

process.stdout.on('error', (error: NodeJS.ErrnoException) => {
  // The reader has gone (`perigee … | head`): there is nobody left to write to.
  if (error.code === 'EPIPE') process.exit(0);
  process.stderr.write(`perigee: cannot write the output: ${error.message}\n`);
  process.exit(1);
});
process.stderr.on('error', () => {});

const exitCode = await main(process.argv.slice(2));
// Not by running out of work: a tool that was loaded may hold a timer or a connection for ever.
process.stdout.write('', () => process.exit(exitCode));
