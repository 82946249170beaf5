// `node bench/state.mjs`: what a database (PERIGEE_DATABASE_URL, else a server of its own) adds to a request whose answer leaves
// something for other replicas. One gateway with the database and one without, in one process, asked in turn.
import http from 'node:http';
import { Database, MIGRATIONS, postgresState } from '../dist/durable/index.js';
import { createGateway } from '../dist/gateway/index.js';
import { scripted } from '../dist/replay/index.js';
import { startPostgres } from './durable/postgres.mjs';

const postgres = process.env.PERIGEE_DATABASE_URL === undefined ? await startPostgres() : undefined;
const databaseUrl = process.env.PERIGEE_DATABASE_URL ?? postgres.url;
const COUNT = Number(process.env.BENCH_COUNT ?? 1000);
const CALL =
  '<think>I must look at it first, and then I can say what it is.</think>Let me see. <|tool_calls_section_begin|><|tool_call_begin|>functions.look:0<|tool_call_argument_begin|>{"at":"it"}<|tool_call_end|><|tool_calls_section_end|>';
const usage = { inputTokens: 10, cachedInputTokens: 0, outputTokens: 5 };

const database = await Database.open({ databaseUrl }, MIGRATIONS);
const state = await postgresState(database, databaseUrl);

async function serve(options) {
  const model = scripted([{ text: CALL, usage }], { onExhausted: 'repeat-last' });
  const models = { get: () => ({ name: 'kimi', model }), list: () => [{ name: 'kimi', model }] };
  const gateway = createGateway({ models, ...options });
  const { port } = await gateway.listen({ port: 0 });
  return { gateway, port, forget: () => model.requests.splice(0) };
}

const agent = new http.Agent({ keepAlive: true, maxSockets: 64 });

function post(port, path, body) {
  return new Promise((resolve, reject) => {
    const request = http.request(
      { port, path, method: 'POST', agent, headers: { 'content-type': 'application/json' } },
      (answer) => {
        let text = '';
        answer.on('data', (chunk) => {
          text += chunk;
        });
        answer.on('end', () => (answer.statusCode === 200 ? resolve(text) : reject(new Error(text))));
      },
    );
    request.on('error', reject);
    request.end(JSON.stringify(body));
  });
}

const tools = [{ type: 'function', function: { name: 'look', parameters: { type: 'object' } } }];
const flat = [{ type: 'function', name: 'look', parameters: { type: 'object' } }];
let n = 0;
const turn = () => `Look at ${n++}!`;
const answer = {
  role: 'assistant',
  content: 'Let me see. ',
  tool_calls: [
    { id: 'functions.look:0', type: 'function', function: { name: 'look', arguments: '{"at":"it"}' } },
  ],
};

const last = new Map();
const WORK = {
  'response with store: true': (port) =>
    post(port, '/v1/responses', { model: 'kimi', input: turn(), tools: flat }),
  'response with previous_response_id, in memory': async (port) => {
    const previous = last.get(port);
    const text = await post(port, '/v1/responses', {
      model: 'kimi',
      input: turn(),
      tools: flat,
      ...(previous && n % 20 && { previous_response_id: previous }),
    });
    last.set(port, JSON.parse(text).id);
  },
  'reasoning turn, Chat': (port) =>
    post(port, '/v1/chat/completions', {
      model: 'kimi',
      messages: [{ role: 'user', content: turn() }],
      tools,
    }),
  'reasoning turn, Chat, streamed': (port) =>
    post(port, '/v1/chat/completions', {
      model: 'kimi',
      stream: true,
      messages: [{ role: 'user', content: turn() }],
      tools,
    }),
  'turn that goes on, its reasoning dropped, in memory': async (port) => {
    const content = turn();
    await post(port, '/v1/chat/completions', { model: 'kimi', messages: [{ role: 'user', content }], tools });
    const began = performance.now();
    await post(port, '/v1/chat/completions', {
      model: 'kimi',
      messages: [
        { role: 'user', content },
        answer,
        { role: 'tool', tool_call_id: 'functions.look:0', content: 'a stone' },
      ],
      tools,
    });
    return performance.now() - began;
  },
  'reasoning turn, Anthropic (sealed, so nothing is written)': (port) =>
    post(port, '/v1/messages', {
      model: 'kimi',
      max_tokens: 100,
      messages: [{ role: 'user', content: turn() }],
    }),
};

const plain = await serve({});
const shared = await serve({ state });
const ms = (value) => value.toFixed(2).padStart(7);
const at = (sorted, part) => sorted[Math.floor(sorted.length * part)];
console.log(`${'one after the other, ms'.padEnd(55)} without: p50    p99   with: p50    p99   adds p50`);
for (const [name, work] of Object.entries(WORK)) {
  const times = new Map([
    [plain, []],
    [shared, []],
  ]);
  for (let i = 0; i < COUNT * 1.2; i++) {
    for (const [subject, list] of times) {
      const began = performance.now();
      const own = await work(subject.port);
      if (i >= COUNT * 0.2) list.push(typeof own === 'number' ? own : performance.now() - began);
      subject.forget();
    }
  }
  const [without, withIt] = [...times.values()].map((list) => list.sort((a, b) => a - b));
  console.log(
    `${name.padEnd(55)} ${ms(at(without, 0.5))} ${ms(at(without, 0.99))} ${ms(at(withIt, 0.5))} ${ms(at(withIt, 0.99))} ${ms(at(withIt, 0.5) - at(without, 0.5))}`,
  );
}
console.log(`\n${'50 at a time, requests/s'.padEnd(55)} without    with`);
for (const name of ['response with store: true', 'reasoning turn, Chat']) {
  const rates = [];
  for (const subject of [plain, shared]) {
    const began = performance.now();
    await Promise.all(
      Array.from({ length: 50 }, async () => {
        for (let i = 0; i < COUNT / 10; i++) await WORK[name](subject.port);
      }),
    );
    rates.push(((COUNT / 10) * 50 * 1000) / (performance.now() - began));
    subject.forget();
  }
  console.log(`${name.padEnd(55)} ${rates.map((rate) => rate.toFixed(0).padStart(7)).join(' ')}`);
}
agent.destroy();
await Promise.all([plain, shared].map(({ gateway }) => gateway.drain()));
await state.close();
await database.close();
await postgres?.remove();
