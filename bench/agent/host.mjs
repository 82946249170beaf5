import { createServer } from 'node:http';

// A chat host without any pacing that always calls `add`, and under `/eager/N/` one that writes eight calls of `work`, 50 ms
// apart, of which the first takes N milliseconds. It prints its port and lives until its stdin closes. Requests are read and
// counted, not parsed: their tokens are a quarter of their bytes.

const REASONING = ['The running total must grow ', 'by one more number, ', 'so I call it ', 'once again.'];
const CALLS = 8;
const APART_MS = 50;

let answers = 0;

const server = createServer(async (request, response) => {
  let bytes = 0;
  let isAnswered = false;
  for await (const chunk of request) {
    bytes += chunk.length;
    isAnswered ||= chunk.includes('was worked on');
  }
  const number = answers++;
  response.writeHead(200, { 'content-type': 'text/event-stream' });
  const write = (event) => response.write(`data: ${JSON.stringify(event)}\n\n`);
  const eager = /^\/eager\/(\d+)\//.exec(request.url);
  if (!eager) for (const event of adding(number, bytes)) write(event);
  else if (isAnswered) for (const event of answered(number)) write(event);
  else await working(number, Number(eager[1]), write);
  response.end('data: [DONE]\n\n');
});

function chunksOf(number) {
  const envelope = { id: `chatcmpl-${number}`, object: 'chat.completion.chunk', created: 1, model: 'local' };
  return {
    chunk: (delta, finish_reason = null) => ({ ...envelope, choices: [{ index: 0, delta, finish_reason }] }),
    usage: (prompt_tokens) => ({
      ...envelope,
      choices: [],
      usage: { prompt_tokens, completion_tokens: 40, total_tokens: prompt_tokens + 40 },
    }),
  };
}

function* adding(number, bytes) {
  const { chunk, usage } = chunksOf(number);
  yield chunk({ role: 'assistant', content: '' });
  for (const reasoning_content of REASONING) yield chunk({ reasoning_content });
  const call = { index: 0, id: `functions.add:${number}`, type: 'function' };
  yield chunk({ tool_calls: [{ ...call, function: { name: 'add', arguments: '' } }] });
  for (const fragment of ['{"a": ', `${number}`, ', "b": ', '30', '}']) {
    yield chunk({ tool_calls: [{ index: 0, function: { arguments: fragment } }] });
  }
  yield chunk({}, 'tool_calls');
  yield usage(bytes >> 2);
}

async function working(number, firstMs, write) {
  const { chunk, usage } = chunksOf(number);
  write(chunk({ role: 'assistant', content: '' }));
  const started = performance.now();
  for (let index = 0; index < CALLS; index++) {
    await new Promise((resolve) => setTimeout(resolve, started + APART_MS * (index + 1) - performance.now()));
    const call = { name: 'work', arguments: JSON.stringify({ n: index, ms: index === 0 ? firstMs : 100 }) };
    const id = `functions.work:${index}`;
    write(chunk({ tool_calls: [{ index, id, type: 'function', function: call }] }));
  }
  write(chunk({}, 'tool_calls'));
  write(usage(100));
}

function* answered(number) {
  const { chunk, usage } = chunksOf(number);
  yield chunk({ role: 'assistant', content: 'Done.' });
  yield chunk({}, 'stop');
  yield usage(100);
}

server.listen(0, '127.0.0.1', () => console.log(server.address().port));
process.stdin.resume().on('end', () => process.exit());
