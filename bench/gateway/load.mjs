import http from 'node:http';
import { agentBody } from './agent-body.mjs';

// Sends requests and says, as JSON, what came back. `node load.mjs '{"port":…,"model":…}'`: a process of its own, so
// that its work is in nobody's figure.

const options = JSON.parse(process.argv[2]);
const {
  port,
  path = '/v1/chat/completions',
  headers = {},
  model,
  stream,
  connections,
  requests,
  kilobytes = 0,
  grows = 0,
  agent: asAgent = false,
} = options;

const TOOLS = Array.from({ length: 5 }, (_, i) => ({
  type: 'function',
  function: {
    name: i === 0 ? 'get_weather' : `tool_${i}`,
    description: 'Looks something up and says what it found.',
    parameters: {
      type: 'object',
      properties: {
        city: { type: 'string', description: 'Where.' },
        days: { type: 'integer', description: 'For how many days.' },
        units: { type: 'string', enum: ['metric', 'imperial'] },
      },
      required: ['city'],
    },
  },
}));
/** A user's question, as many steps of an agent as the size asks for, and `more` further ones. */
function conversation(question, more = 0) {
  const messages = [{ role: 'user', content: question }];
  let length = 0;
  for (let i = 0; length < kilobytes * 1000 || more-- > 0; i++) {
    const id = `functions.get_weather:${i}`;
    const call = {
      id,
      type: 'function',
      function: { name: 'get_weather', arguments: `{"city":"Paris","days":${i}}` },
    };
    messages.push({
      role: 'assistant',
      content: '',
      reasoning_content: 'I look it up. '.repeat(20),
      tool_calls: [call],
    });
    messages.push({
      role: 'tool',
      tool_call_id: id,
      content: '{"temperature": 21, "sky": "clear"} '.repeat(20),
    });
    length += JSON.stringify(messages.slice(-2)).length;
  }
  return messages;
}
const bodyOf = (messages) =>
  JSON.stringify(asAgent ? agentBody(model, stream, messages) : { model, stream, messages, tools: TOOLS });

/** The bodies of one connection: the same again and again or, if it grows, those of conversations one after the other. */
function* bodies(connection) {
  const QUESTION = 'What will the weather be in Paris?';
  if (grows === 0) for (const body = bodyOf(conversation(QUESTION)); ; ) yield body;
  for (let number = 0; ; number++) {
    const question = `${QUESTION} ${connection} ${number}`;
    for (let more = 0; more < grows; more++) yield bodyOf(conversation(question, more));
  }
}

const agent = new http.Agent({ keepAlive: true, maxSockets: connections });
const firsts = [];
/** Of each event that tells when it was sent: when it came, and how late that was. */
const came = [];
const late = [];
/** When the last stream began, and the first one ended. */
let allOpenAt = 0;
let firstEndAt = Number.POSITIVE_INFINITY;
let events = 0;
let failed = 0;
let sample = '';

function send(body) {
  return new Promise((resolve) => {
    const started = performance.now();
    const request = http.request(
      {
        host: '127.0.0.1',
        port,
        path,
        method: 'POST',
        agent,
        headers: {
          'content-type': 'application/json',
          'content-length': Buffer.byteLength(body),
          ...headers,
        },
      },
      (response) => {
        let text = '';
        let first = true;
        response.setEncoding('utf8');
        response.on('data', (part) => {
          if (first) {
            allOpenAt = performance.now();
            firsts.push(allOpenAt - started);
          }
          first = false;
          if (stream) {
            events += part.split('\n\n').length - 1;
            const now = performance.now();
            for (const [, time] of part.matchAll(/<t([\d.]+)>/g)) {
              came.push(now);
              late.push(performance.timeOrigin + now - Number(time));
            }
          }
          if (text.length < 4000) text += part;
        });
        response.on('end', () => {
          firstEndAt = Math.min(firstEndAt, performance.now());
          if (response.statusCode !== 200) failed++;
          sample ||= text;
          resolve();
        });
        response.on('error', () => {
          failed++;
          resolve();
        });
      },
    );
    request.on('error', () => {
      failed++;
      resolve();
    });
    request.setNoDelay(true);
    request.end(body);
  });
}

let left = requests;
async function worker(_, connection) {
  const next = bodies(connection);
  while (left-- > 0) await send(next.next().value);
}
await Promise.all(Array.from({ length: connections }, worker));
const at = (values, share) =>
  values.sort((a, b) => a - b)[Math.min(values.length - 1, Math.floor(values.length * share))];
// Before anything is sorted.
const open = late.filter((_, event) => came[event] > allOpenAt && came[event] < firstEndAt);
console.log(
  JSON.stringify({
    events,
    failed,
    first50: at(firsts, 0.5),
    first99: at(firsts, 0.99),
    late99: at(late, 0.99) ?? null,
    late50: at(late, 0.5) ?? null,
    open50: at(open, 0.5) ?? null,
    open99: at(open, 0.99) ?? null,
    sample: sample.slice(0, 2000),
  }),
);
process.exit(0);
