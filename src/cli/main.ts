#!/usr/bin/env node
import module from 'node:module';
import { endWithOutput } from './output.ts';

// From Node 22.8 on what was compiled once is kept: a start is then mostly reading files.
(module as { enableCompileCache?: () => void }).enableCompileCache?.();
const { main } = await import('./program.ts');

endWithOutput();

const exitCode = await main(process.argv.slice(2));
// Not by running out of work: a tool that was loaded may hold a timer or a connection for ever.
process.stdout.write('', () => process.exit(exitCode));
