import http from 'node:http';
import { Pool } from 'undici';

// What a gateway costs at least in Node: each body and each event is parsed and written anew, nothing else is done.
// `node bare-proxy.mjs HOST_PORT` prints its port.

const host = new Pool(`http://127.0.0.1:${process.argv[2]}`, { connections: 2000 });

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', async () => {
    const body = JSON.parse(Buffer.concat(parts).toString());
    const answer = await host.request({
      method: 'POST',
      path: request.url,
      headers: { 'content-type': 'application/json' },
      body: JSON.stringify(body),
    });
    if (!body.stream) {
      const json = JSON.parse(await answer.body.text());
      response.writeHead(200, { 'content-type': 'application/json' }).end(JSON.stringify(json));
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket.setNoDelay(true);
    let rest = '';
    answer.body.setEncoding('utf8');
    answer.body.on('data', (text) => {
      const events = (rest + text).split('\n\n');
      rest = events.pop();
      let out = '';
      for (const event of events) {
        const data = event.slice(6);
        out += data === '[DONE]' ? 'data: [DONE]\n\n' : `data: ${JSON.stringify(JSON.parse(data))}\n\n`;
      }
      if (out !== '') response.write(out);
    });
    answer.body.on('end', () => response.end());
  });
});
server.keepAliveTimeout = 60_000;
server.listen(0, '127.0.0.1', () => console.log(server.address().port));
