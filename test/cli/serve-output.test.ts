import { once } from 'node:events';
import { expect, test } from 'vitest';
import { loadConfig } from '../../src/cli/config/load-config.ts';
import { openFilesNotes } from '../../src/cli/serve/open-files.ts';
import { proxyNotes } from '../../src/cli/serve/proxy-notes.ts';
import { answerJson, serve } from '../upstream/server.ts';
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

test('the proxy before a host is named, and what it is told is shown to nobody, though it repeats it', async () => {
  const { baseUrl } = await serve((response, { headers }) =>
    answerJson(response, 500, { error: { message: `No: ${JSON.stringify(headers)}` } }),
  );
  const proxy = new URL(baseUrl);
  const config =
    'models: [{ name: kimi, routing: { retries: 0 }, upstreams: [{ url: http://model.invalid/v1 }] }]';
  const server = start(['serve', '--port', '0'], {
    cwd: folderWith({ 'perigee.yaml': config }),
    env: { HTTP_PROXY: `http://me:proxy-pass%21@${proxy.host}` },
  });
  let said = '';
  server.child.stdout.on('data', (text: string) => {
    said += text;
  });
  await server.printed('curl ');
  expect(said).toContain(`Note: model.invalid is asked by way of HTTP_PROXY (${proxy.host}).`);
  const [url] = /http:\/\/127[\d.:]+/.exec(said)!;
  const ask = JSON.stringify({ model: 'kimi', messages: [{ role: 'user', content: 'Hi' }] });
  for (const mode of ['', 'raw']) {
    const reply = await fetch(`${url}/v1/chat/completions`, {
      method: 'POST',
      headers: { 'x-tool-mode': mode },
      body: ask,
    });
    const text = await reply.text();
    expect(text).toContain('proxy-authorization');
    said += text;
  }
  server.child.kill('SIGTERM');
  const { stdout, stderr } = await server.done;
  for (const secret of ['proxy-pass', Buffer.from('me:proxy-pass!').toString('base64')]) {
    expect(said + stdout + stderr).not.toContain(secret);
  }
});

test('several hosts that a proxy is before are named in one sentence', () => {
  const loaded = loadConfig(
    'models: [{ name: kimi, upstreams: [{ url: http://a.invalid/v1 }, { url: http://b.invalid/v1 }] }]',
    { environment: {} },
  );
  if ('problems' in loaded) throw new Error(JSON.stringify(loaded.problems));
  expect(proxyNotes(loaded.config, { HTTP_PROXY: 'http://proxy.invalid:1' })).toEqual([
    'a.invalid and b.invalid are asked by way of HTTP_PROXY (proxy.invalid:1)',
  ]);
});

test('a process that may open few files says how many requests that lets through', () => {
  const limits = (most: string) =>
    `Limit                     Soft Limit           Hard Limit           Units     \nMax open files            ${most.padEnd(20)} 524288               files     \n`;
  expect(openFilesNotes(limits('256'))).toEqual([
    'this process may open 256 files, so at most 128 requests at a time; more with ulimit -n or LimitNOFILE',
  ]);
  for (const enough of ['1024', 'unlimited']) expect(openFilesNotes(limits(enough))).toEqual([]);
});
