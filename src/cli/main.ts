#!/usr/bin/env node
import { endWithOutput } from './output.ts';
import { main } from './program.ts';

endWithOutput();

const exitCode = await main(process.argv.slice(2));
// Not by running out of work: a tool that was loaded may hold a timer or a connection for ever.
process.stdout.write('', () => process.exit(exitCode));
