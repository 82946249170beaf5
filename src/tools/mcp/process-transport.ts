import type { ChildProcess } from 'node:child_process';
import { once } from 'node:events';
import type { JSONRPCMessage } from '@modelcontextprotocol/sdk/types.js';
import { endGroup, endsWithin, startGroup } from '../process/process-group.ts';
import { LastWords } from './last-words.ts';
import type { McpSdk } from './sdk.ts';

/** How a server is started. */
export interface ProcessOptions {
  readonly command: string;
  readonly args: readonly string[];
  readonly env: Readonly<Record<string, string>>;
  readonly cwd: string | undefined;
  /** Bytes of one message at most. */
  readonly maxMessageBytes: number;
}

/** For the server to end by itself once its input ends, and then again between SIGTERM and SIGKILL. */
const GRACE_MS = 2000;
const NEWLINE = 0x0a;

/**
 * MCP over the pipes of a process. Unlike the SDK's own transport it ends the whole group (with `npx` the server is a
 * grandchild), keeps the end of standard error, and says how the process ended.
 */
export class ProcessTransport {
  onmessage?: (message: JSONRPCMessage) => void;
  onerror?: (error: Error) => void;
  onclose?: () => void;
  readonly lastWords = new LastWords();
  /** How the process ended, as in `exit code 3`. */
  howEnded: string | undefined;
  readonly #sdk: McpSdk;
  readonly #options: ProcessOptions;
  #child: ChildProcess | undefined;
  #pending: Buffer[] = [];
  #pendingBytes = 0;

  constructor(sdk: McpSdk, options: ProcessOptions) {
    this.#sdk = sdk;
    this.#options = options;
  }

  async start(): Promise<void> {
    const { command, args, env, cwd } = this.#options;
    const child = startGroup(command, args, {
      env: { ...this.#sdk.defaultEnvironment(), ...env },
      ...(cwd !== undefined && { cwd }),
      stdio: ['pipe', 'pipe', 'pipe'],
    });
    this.#child = child;
    child.stdin?.on('error', (error) => this.onerror?.(error));
    child.stdout?.on('data', (chunk: Buffer) => this.#read(chunk)).on('error', () => {});
    child.stderr?.on('data', (chunk: Buffer) => this.lastWords.push(chunk)).on('error', () => {});
    child.once(
      'exit',
      (code, signal) => void this.#ended(code === null ? `signal ${signal}` : `exit code ${code}`),
    );
    await once(child, 'spawn');
  }

  async send(message: JSONRPCMessage): Promise<void> {
    const stdin = this.#child?.stdin;
    if (!stdin?.writable) throw new Error('The server has ended.');
    if (!stdin.write(this.#sdk.writeMessage(message))) {
      // A server that reads nothing any more must not hold up who only wants to be told that its time is over.
      await Promise.race([once(stdin, 'drain'), once(stdin, 'close')]);
    }
  }

  /** Lets the server end by itself, then asks, then kills. */
  async close(): Promise<void> {
    const child = this.#child;
    if (!child) return;
    child.stdin?.end();
    if (!(await endsWithin(child, GRACE_MS))) await endGroup(child, GRACE_MS);
  }

  async #ended(how: string): Promise<void> {
    const child = this.#child!;
    this.howEnded ??= how;
    // Its last answer may still be in the pipe; who left the group may hold that for ever.
    await Promise.race([once(child, 'close'), new Promise((resolve) => setTimeout(resolve, 200))]);
    for (const stream of child.stdio) stream?.destroy();
    this.#pending = [];
    this.onclose?.();
  }

  #read(chunk: Buffer): void {
    let from = 0;
    for (let at = chunk.indexOf(NEWLINE); at >= 0; at = chunk.indexOf(NEWLINE, from)) {
      const line = Buffer.concat([...this.#pending, chunk.subarray(from, at)]);
      this.#pending = [];
      this.#pendingBytes = 0;
      from = at + 1;
      this.#take(line);
    }
    if (from === chunk.length) return;
    this.#pending.push(chunk.subarray(from));
    this.#pendingBytes += chunk.length - from;
    if (this.#pendingBytes <= this.#options.maxMessageBytes) return;
    this.howEnded = `it sent a message of more than ${this.#options.maxMessageBytes} bytes and was ended`;
    this.#pending = [];
    this.#pendingBytes = 0;
    this.#child!.stdout!.removeAllListeners('data').resume();
    void endGroup(this.#child!, GRACE_MS);
  }

  #take(line: Buffer): void {
    let message: JSONRPCMessage;
    try {
      message = this.#sdk.readMessage(line.toString('utf8'));
    } catch {
      // What servers print by mistake is no message; it may say why the server fails.
      this.lastWords.push(line.subarray(0, 500));
      this.lastWords.push(Buffer.from('\n'));
      return;
    }
    this.onmessage?.(message);
  }
}
