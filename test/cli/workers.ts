import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { vi } from 'vitest';
import { answerStream, chunk, serve, sse } from '../upstream/server.ts';
import { folderWith, perigee, type Running, type RunOptions, start } from './command.ts';

const TOOLS = `
import { appendFileSync, existsSync } from 'node:fs';
const inputSchema = { type: 'object', properties: { text: { type: 'string' } } };
const notes = process.env.NOTES;
export default {
  write_note: {
    description: 'Writes a note.', inputSchema, needsApproval: true,
    execute({ text }) { appendFileSync(notes, text + '\\n'); return 'written'; },
  },
  wait: {
    description: 'Waits for a file.', inputSchema,
    execute({ text }) {
      appendFileSync(notes, 'waits ' + text + '\\n');
      return new Promise((resolve) => {
        const look = setInterval(() => existsSync(notes + '.go') && (clearInterval(look), resolve('went on')), 5);
      });
    },
  },
};`;

interface WireMessage {
  readonly role: string;
  readonly content: string;
}

/** A place in which workers work: a model, tools, and a file that their effects go into. */
export interface Ground {
  /** The environment of every command: it names the database. */
  readonly env: Readonly<Record<string, string>>;
  perigee(args: readonly string[], options?: RunOptions): ReturnType<typeof perigee>;
  start(args: readonly string[]): Running;
  /** The flags that say with which model and tools. */
  readonly agent: readonly string[];
  /** Starts a worker, and waits until it takes runs. */
  worker(...args: string[]): Promise<Running>;
  /** The effects so far. */
  notes(): string;
  /** Resolves once there is an effect. */
  noted(): Promise<void>;
  /** Lets the tool that waits go on. */
  letGo(): void;
}

/** `url`: of an empty database. */
export async function workersAt(url: string): Promise<Ground> {
  const { baseUrl } = await serve((response, { body }) => {
    const { messages } = JSON.parse(body) as { messages: readonly WireMessage[] };
    answerStream(response, answerTo(messages));
  });
  const folder = folderWith({ 'tools.mjs': TOOLS });
  const notes = join(folder, 'notes');
  const notesNow = () => (existsSync(notes) ? readFileSync(notes, 'utf8') : '');
  const env = {
    HOME: folder,
    PERIGEE_DATA_DIR: join(folder, 'data'),
    PERIGEE_DATABASE_URL: url,
    NOTES: notes,
  };
  const agent = ['--base-url', baseUrl, '--model', 'm', '--tools', `${join(folder, 'tools.mjs')},calculator`];
  return {
    env,
    perigee: (args, options) => perigee(args, { env, ...options }),
    start: (args) => start(args, { env }),
    agent,
    async worker(...args) {
      const running = start(['worker', ...agent, ...args], { env });
      await running.said('takes runs from');
      return running;
    },
    notes: notesNow,
    noted: () => vi.waitUntil(() => notesNow() !== '', { timeout: 60_000 }).then(() => {}),
    letGo: () => writeFileSync(`${notes}.go`, ''),
  };
}

/** Calls a tool where the last message asks for it, and else repeats what was said and what came of it. */
function answerTo(messages: readonly WireMessage[]): string {
  const { role, content } = messages.at(-1)!;
  const wanted = role === 'user' ? /^(write|wait) (\w+)/.exec(content) : null;
  if (wanted) {
    const name = wanted[1] === 'write' ? 'write_note' : 'wait';
    const call = {
      index: 0,
      id: `functions.${name}:${messages.length}`,
      type: 'function',
      function: { name, arguments: JSON.stringify({ text: wanted[2] }) },
    };
    return sse(chunk({ tool_calls: [call] }), chunk({}, 'tool_calls'), '[DONE]');
  }
  const said = messages.filter((message) => message.role === 'user').map((message) => message.content);
  const results = messages.filter((message) => message.role === 'tool').map((message) => message.content);
  const text = `Heard: ${said.join(' | ')}. ${results.join(' ')}`;
  return sse(chunk({ content: text }), chunk({}, 'stop'), '[DONE]');
}
