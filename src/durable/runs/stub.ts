import type { AgentOptions, ApprovalAnswer } from '../../agent/index.ts';
import type { Message } from '../../core/index.ts';
import type { PostgresSessions } from '../postgres/postgres-sessions.ts';

export interface RunTask {
  readonly session?: string;
  readonly prompt?: string | readonly Message[];
  readonly model?: string;
  readonly user?: string;
  readonly settings?: Readonly<Record<string, unknown>>;
}
export interface RunsClient {
  start(task: RunTask): Promise<{ readonly id: string }>;
  attach(
    id: string,
    options?: { from?: number; signal?: AbortSignal },
  ): AsyncIterable<{ number: number; event: unknown }>;
  steer(id: string, message: string | Message, when?: 'now' | 'after'): Promise<void>;
  approve(id: string, call: string, answer: ApprovalAnswer): Promise<{ first: boolean }>;
  pause(id: string): Promise<void>;
  cancel(id: string): Promise<void>;
  status(id: string): Promise<unknown>;
  readonly sessions: PostgresSessions;
  close(): Promise<void>;
}
export async function createRunsClient(_options: {
  databaseUrl: string;
  schema?: string;
}): Promise<RunsClient> {
  throw new Error('stub');
}
export interface WorkerOptions {
  readonly databaseUrl: string;
  readonly schema?: string;
  readonly name?: string;
  readonly concurrency?: {
    readonly perWorker?: number;
    readonly perModel?: number;
    readonly perUser?: number;
  };
  readonly agent: (task: RunTask, context: unknown) => Promise<AgentOptions & { close?(): Promise<void> }>;
}
export interface Worker {
  readonly name: string;
  readonly lost: AbortSignal;
  readonly running: number;
  stop(): Promise<void>;
}
export async function createWorker(_options: WorkerOptions): Promise<Worker> {
  throw new Error('stub');
}
