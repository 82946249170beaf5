import { existsSync, readFileSync, writeFileSync } from 'node:fs';
import { join } from 'node:path';
import { describe, expect, test } from 'vitest';
import { answerStream, chunk, serve, sse } from '../upstream/server.ts';
import { folderWith, perigee } from './command.ts';
import { CTRL_C, CTRL_D, ENTER, NO_TERMINAL, onTerminal } from './terminal.ts';

if (NO_TERMINAL !== undefined) console.log(`Not tried on a terminal: ${NO_TERMINAL}.`);

const TOOLS = `
import { appendFileSync, existsSync, watch } from 'node:fs';
const inputSchema = { type: 'object', properties: { text: { type: 'string' } } };
const notes = process.env.NOTES;
export default {
  write_note: {
    description: 'Writes a note.', inputSchema, needsApproval: true,
    preview: ({ text }) => '+ ' + text + '\\n\\u001b[2Jand more',
    execute({ text }) { appendFileSync(notes, text + '\\n'); return 'written'; },
  },
  wait: {
    description: 'Waits for a file.', inputSchema,
    execute: () => new Promise((resolve) => {
      const look = setInterval(() => existsSync(notes + '.go') && (clearInterval(look), resolve('went on')), 5);
    }),
  },
};`;

interface WireMessage {
  readonly role: string;
  readonly content: string;
}

const call = (index: number, name: string, text: string) => ({
  index,
  id: `functions.${name}:${index}`,
  type: 'function',
  function: { name, arguments: JSON.stringify({ text }) },
});

/** A host that calls a tool where the last message asks for it, and else repeats what the user has said so far. */
async function setUp() {
  const { baseUrl } = await serve((response, { body }) => {
    const { messages } = JSON.parse(body) as { messages: readonly WireMessage[] };
    const { role, content } = messages.at(-1)!;
    const calls =
      role !== 'user'
        ? []
        : /notes/.test(content)
          ? [call(0, 'write_note', 'one'), call(1, 'write_note', 'two')]
          : /wait/.test(content)
            ? [call(0, 'wait', 'x')]
            : [];
    const said = messages.filter((message) => message.role === 'user').map((message) => message.content);
    const results = messages.filter((message) => message.role === 'tool').map((message) => message.content);
    const answer = chunk(
      calls.length > 0
        ? { tool_calls: calls }
        : { content: `Heard: ${said.join(' | ')}. ${results.join(' ')}` },
    );
    answerStream(response, sse(answer, chunk({}, calls.length > 0 ? 'tool_calls' : 'stop'), '[DONE]'));
  });
  const folder = folderWith({ 'tools.mjs': TOOLS });
  const notes = join(folder, 'notes');
  const env = { NOTES: notes, PERIGEE_DATA_DIR: join(folder, 'data') };
  const options = ['--base-url', baseUrl, '--model', 'm', '--tools', join(folder, 'tools.mjs')];
  return {
    env,
    written: () => (existsSync(notes) ? readFileSync(notes, 'utf8').trim().split('\n') : []),
    command: (...args: string[]) => perigee(args, { env }),
    run: (...args: string[]) => onTerminal(['run', ...options, ...args], { env }),
    chat: (...args: string[]) => onTerminal(['chat', ...options, ...args], { env }),
    piped: (input: string, ...args: string[]) => perigee(['chat', ...options, ...args], { env, input }),
    resume: (name: string) => perigee(['run', ...options, '--session', name, '--resume'], { env }),
  };
}

describe.skipIf(NO_TERMINAL !== undefined)('perigee run on a terminal', () => {
  test('asks for each call with what it would do, and nothing draws over the question', async () => {
    const { run, written } = await setUp();
    const terminal = run('two notes');
    await terminal.sees('+ one\r\n    and more');
    await terminal.sees('say why not: ');
    terminal.types(ENTER);
    await terminal.sees('say why not: ');
    terminal.types(`y${ENTER}`);
    await terminal.sees('+ two');
    await terminal.sees('say why not: ');
    terminal.types(`no, too long${ENTER}`);
    const { code, screen } = await terminal.done;
    expect([code, written()]).toEqual([0, ['one']]);
    expect(screen).toContain('They said: too long');
    expect(screen).toMatch(
      /\? write_note\n {4}\+ one\n {4}and more\n[^\n]*say why not: \n[^\n]*say why not: y\n/,
    );
  });

  test('asks once where all calls of a tool are allowed', async () => {
    const { run, written } = await setUp();
    const terminal = run('two notes');
    await terminal.sees('say why not: ');
    terminal.types(`a${ENTER}`);
    const { code, screen } = await terminal.done;
    expect([code, written()]).toEqual([0, ['one', 'two']]);
    expect(screen.split('say why not').length).toBe(2);
  });

  test('the end of the input is a no', async () => {
    const { run, written } = await setUp();
    const terminal = run('two notes');
    await terminal.sees('say why not: ');
    terminal.types(CTRL_D);
    await terminal.sees('say why not: ');
    terminal.types(CTRL_D);
    const { code, screen } = await terminal.done;
    expect([code, written()]).toEqual([0, []]);
    expect(screen).toContain('The input ended');
  });

  test('Ctrl-C at a question pauses; the call can be answered then and the run gone on with', async () => {
    const { run, written, command, resume } = await setUp();
    const terminal = run('--session', 'one', 'two notes');
    await terminal.sees('say why not: ');
    terminal.types(CTRL_C);
    const { code, screen } = await terminal.done;
    expect([code, written()]).toEqual([130, []]);
    expect(screen).toContain('Paused. perigee run --session one --resume goes on.');
    expect(await command('approve', 'one', 'functions.write_note:0', 'yes')).toMatchObject({ code: 0 });
    expect(await command('approve', 'one', 'run-0/step-0/call-1', 'no')).toMatchObject({ code: 0 });
    expect(await resume('one')).toMatchObject({
      code: 0,
      stdout: expect.stringContaining('Heard: two notes'),
    });
    expect(written()).toEqual(['one']);
  });

  test('an answer from another process takes the question away', async () => {
    const { run, written, command } = await setUp();
    const terminal = run('--session', 'one', 'two notes');
    await terminal.sees('say why not: ');
    expect(
      await command('approve', 'one', 'functions.write_note:0', 'yes', '--note', 'from afar'),
    ).toMatchObject({
      code: 0,
    });
    await terminal.sees('+ two');
    await terminal.sees('say why not: ');
    terminal.types(`y${ENTER}`);
    const { code, screen } = await terminal.done;
    expect([code, written()]).toEqual([0, ['one', 'two']]);
    expect(screen).toContain('write_note: approved (from afar)');
  });

  test('Ctrl-C pauses after the running call, once more stops it', async () => {
    const { run } = await setUp();
    const terminal = run('wait');
    await terminal.sees('wait {"text":"x"}');
    terminal.types(CTRL_C);
    await terminal.sees('Pausing: running tools are waited for.');
    terminal.types(CTRL_C);
    await terminal.sees('Stopping; Ctrl-C again ends at once.');
    const { code, screen } = await terminal.done;
    expect(code).toBe(130);
    expect(screen).toContain('Interrupted.');
  });
});

describe.skipIf(NO_TERMINAL !== undefined)('perigee chat on a terminal', () => {
  test('takes turns, and ends with Ctrl-D', async () => {
    const { chat } = await setUp();
    const terminal = chat();
    await terminal.sees('> ');
    terminal.types(`hello${ENTER}`);
    await terminal.sees('Heard: hello.');
    await terminal.sees('> ');
    terminal.types(`again${ENTER}`);
    await terminal.sees('Heard: hello | again.');
    await terminal.sees('> ');
    terminal.types(CTRL_D);
    expect((await terminal.done).code).toBe(0);
  });

  test('what is typed while it works is told to it at once or after the answer', async () => {
    const { chat, env } = await setUp();
    const terminal = chat();
    await terminal.sees('> ');
    terminal.types(`please wait${ENTER}`);
    await terminal.sees('→ wait');
    terminal.types(`and hurry${ENTER}/after thank you${ENTER}`);
    await terminal.sees('/after thank you\r');
    writeFileSync(`${env.NOTES}.go`, '');
    await terminal.sees('Heard: please wait | and hurry. went on');
    await terminal.sees('Heard: please wait | and hurry | thank you.');
    await terminal.sees('> ');
    terminal.types(`/exit${ENTER}`);
    expect((await terminal.done).code).toBe(0);
  });

  test('Ctrl-C pauses, and what is said next goes on; what is half typed is given up first', async () => {
    const { chat, written } = await setUp();
    const terminal = chat('--session', 'garden');
    await terminal.sees('> ');
    terminal.types(`two notes${ENTER}`);
    await terminal.sees('say why not: ');
    terminal.types(`y${ENTER}`);
    await terminal.sees('+ two');
    await terminal.sees('say why not: ');
    terminal.types(CTRL_C);
    await terminal.sees('Paused. What you say next goes on from here.');
    await terminal.sees('> ');
    terminal.types(`never${CTRL_C}go on${ENTER}`);
    await terminal.sees('+ two');
    await terminal.sees('say why not: ');
    terminal.types(`n${ENTER}`);
    await terminal.sees('Heard: two notes | go on.');
    await terminal.sees('> ');
    terminal.types(CTRL_C);
    expect((await terminal.done).code).toBe(0);
    expect(written()).toEqual(['one']);
  });
});

test('a chat reads a pipe line by line, answers to questions included', async () => {
  const { piped, written } = await setUp();
  const { code, stdout } = await piped('hello\ntwo notes\ny\nnot now\nbye\n');
  expect([code, written()]).toEqual([0, ['one']]);
  expect(stdout).toContain('They said: not now');
  expect(stdout).toContain('Heard: hello | two notes | bye.');
});

test('a chat goes on with its session in another process', async () => {
  const { piped } = await setUp();
  expect((await piped('hello\n', '--session', 'garden')).stdout).toContain('Heard: hello.');
  expect((await piped('more\n', '--session', 'garden')).stdout).toContain('Heard: hello | more.');
});
