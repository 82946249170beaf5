import { StdioServerTransport } from '@modelcontextprotocol/sdk/server/stdio.js';
import { mcpServer } from './tools.mjs';

const [mode] = process.argv.slice(2);
if (mode === 'broken') {
  process.stderr.write('TOKEN is not set\n');
  process.exit(7);
}
// One that does not heed the end of its input, nor that it is asked to end.
if (mode === 'stubborn') {
  process.on('SIGTERM', () => {});
  setInterval(() => {}, 1000);
}
if (mode === 'silent') setInterval(() => {}, 1000);
else {
  if (mode === 'late') await new Promise((resolve) => setTimeout(resolve, 5000));
  if (mode === 'noisy') process.stdout.write('Welcome!\n');
  await mcpServer(mode).connect(new StdioServerTransport());
}
