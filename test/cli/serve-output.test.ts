import { once } from 'node:events';
import { expect, test } from 'vitest';
import { folderWith, start } from './command.ts';

test('a server whose log nobody reads any more goes on, and ends in order', async () => {
  const server = start(['serve', '--port', '0'], { cwd: folderWith() });
  let said = '';
  server.child.stdout.on('data', (text: string) => {
    said += text;
  });
  await server.printed('curl ');
  const [url] = /http:\/\/[\d.:]+/.exec(said)!;
  server.child.stdout.destroy();
  const ask = { model: 'any', messages: [{ role: 'user', content: 'Hi' }] };
  for (let i = 0; i < 3; i++) {
    const reply = await fetch(`${url}/v1/chat/completions`, { method: 'POST', body: JSON.stringify(ask) });
    expect(reply.status).toBe(200);
    await reply.text();
  }
  server.child.kill('SIGTERM');
  const [code] = await once(server.child, 'exit');
  expect(code).toBe(0);
});
