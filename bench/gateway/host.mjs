import http from 'node:http';

// A host of the wire: no model, only bytes at a given pace. `node host.mjs` prints its port. What it sends is told by
// the last word of the model's name: `tool`, `burst-EVENTS`, `paced-EVENTS-MS`, `now`.

const CALL = { name: 'get_weather', arguments: '{"city":"Paris","days":3,"units":"metric"}' };
const NATIVE =
  '<|tool_calls_section_begin|><|tool_call_begin|>functions.get_weather:0<|tool_call_argument_begin|>' +
  `${CALL.arguments}<|tool_call_end|><|tool_calls_section_end|>`;

const chunk = (delta, finish = null, extra = {}) =>
  `data: ${JSON.stringify({
    id: 'chatcmpl-1',
    object: 'chat.completion.chunk',
    created: 1764000000,
    model: 'm',
    choices: [{ index: 0, delta, finish_reason: finish }],
    ...extra,
  })}\n\n`;
const USAGE = { usage: { prompt_tokens: 900, completion_tokens: 40, total_tokens: 940 } };
const END = `${chunk({}, 'tool_calls', USAGE)}data: [DONE]\n\n`;

const WHOLE = JSON.stringify({
  id: 'chatcmpl-1',
  object: 'chat.completion',
  created: 1764000000,
  model: 'm',
  choices: [
    {
      index: 0,
      message: {
        role: 'assistant',
        content: null,
        reasoning_content: 'The user asks for the weather, so I look it up.',
        tool_calls: [{ id: 'functions.get_weather:0', type: 'function', function: CALL }],
      },
      finish_reason: 'tool_calls',
    },
  ],
  ...USAGE,
});

/** The same answer as a stream, in six events. */
const STREAMED =
  chunk({ role: 'assistant', content: '' }) +
  chunk({ reasoning_content: 'The user asks for the weather, so I look it up.' }) +
  chunk({
    tool_calls: [
      {
        index: 0,
        id: 'functions.get_weather:0',
        type: 'function',
        function: { name: CALL.name, arguments: '' },
      },
    ],
  }) +
  chunk({ tool_calls: [{ index: 0, function: { arguments: CALL.arguments.slice(0, 20) } }] }) +
  chunk({ tool_calls: [{ index: 0, function: { arguments: CALL.arguments.slice(20) } }] }) +
  END;

/** Text in pieces of a token, then a call in Kimi's own markers, in pieces too. */
function pieces(count) {
  const marks = NATIVE.match(/<\|[a-z_]+\|>|.{1,4}/gs);
  const words = Array.from({ length: Math.max(0, count - marks.length) }, (_, i) =>
    i % 9 === 8 ? '.\n' : ' word',
  );
  return [...words, ...marks];
}

const bursts = new Map();
function burst(count) {
  let text = bursts.get(count);
  if (!text) {
    text = pieces(count)
      .map((content) => chunk({ content }))
      .join('');
    bursts.set(count, text);
  }
  return text + END;
}

/** One timer for all paced streams of a pace, so that the host is not what is measured. */
const tickers = new Map();
function tick(ms, each) {
  let ticker = tickers.get(ms);
  if (!ticker) {
    ticker = new Set();
    tickers.set(ms, ticker);
    setInterval(() => {
      for (const one of ticker) one();
    }, ms);
  }
  ticker.add(each);
  return () => ticker.delete(each);
}

const server = http.createServer((request, response) => {
  const parts = [];
  request.on('data', (part) => parts.push(part));
  request.on('end', () => {
    const { model, stream } = JSON.parse(Buffer.concat(parts).toString());
    const [kind, ...numbers] = model.split(':').at(-1).split('-');
    if (!stream) {
      response.writeHead(200, { 'content-type': 'application/json' }).end(WHOLE);
      return;
    }
    response.writeHead(200, { 'content-type': 'text/event-stream' });
    response.socket.setNoDelay(true);
    if (kind === 'burst') {
      response.end(burst(Number(numbers[0])));
    } else if (kind === 'paced') {
      let left = Number(numbers[0]);
      response.write(chunk({ role: 'assistant', content: '' }));
      const stop = tick(Number(numbers[1]), () => {
        if (left-- > 0) {
          // The time is in the text: whoever gets it knows how late it is.
          response.write(chunk({ content: `<t${(performance.timeOrigin + performance.now()).toFixed(2)}>` }));
          return;
        }
        stop();
        response.end(`${chunk({}, 'stop', USAGE)}data: [DONE]\n\n`);
      });
      response.on('close', stop);
    } else {
      response.end(STREAMED);
    }
  });
});
server.keepAliveTimeout = 60_000;
server.listen(Number(process.argv[2] ?? 0), '127.0.0.1', () => console.log(server.address().port));
