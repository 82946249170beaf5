import { randomBytes } from 'node:crypto';
import { isJsonObject, type Message, PerigeeError, parseJsonObject } from '../../core/index.ts';
import { jsonText } from '../json-text.ts';
import { checkSessionName } from '../session-name.ts';

/** What a worker is to do. All of it is plain JSON, since it may be done on another machine and much later. */
export interface RunTask {
  /** The session that the run belongs to, which is also the run's id; default: a new one with a name that is made up. */
  readonly session?: string;
  /** What is said to the model. Without it the session is gone on with where it stands. */
  readonly prompt?: string | readonly Message[];
  /** The model that answers, in words that the workers know. Runs of one model share `perModel`. */
  readonly model?: string;
  /** For whom it is done. Runs of one user share `perUser`; runs without a user count as those of one. */
  readonly user?: string;
  /** What the agent is made of, in words that the workers know. */
  readonly settings?: { readonly [name: string]: unknown };
}

/** A task as it is kept: with its session, and with the prompt where that begins the session. */
export interface KeptTask {
  /** Of the call that started it: tried again, it is the same one. */
  readonly key?: string;
  readonly prompt?: readonly Message[];
  readonly model?: string;
  readonly user?: string;
  readonly settings?: { readonly [name: string]: unknown };
  /** What was started while the run was being paused or cancelled: it begins when that is done. */
  readonly next?: KeptTask;
}

/** A task as it stands in the database; undefined for what none of ours has written. */
export function readTask(text: string): KeptTask | undefined {
  const task = parseJsonObject(text);
  return task && isTask(task) && (task['next'] === undefined || isTask(task['next'])) ? task : undefined;
}

function isTask(task: unknown): task is KeptTask {
  if (!isJsonObject(task)) return false;
  const { model, user, prompt } = task;
  const isText = (value: unknown) => value === undefined || typeof value === 'string';
  const isPrompt = prompt === undefined || (Array.isArray(prompt) && prompt.every(isJsonObject));
  return isText(model) && isText(user) && isPrompt;
}

/** Throws `invalid-options` for a task that could never be done. Returns its name and its prompt. */
export function checkTask(task: RunTask): { name: string; prompt: readonly Message[] } {
  if (typeof task !== 'object' || task === null) {
    throw invalid('A task must be an object.', 'Give { session, prompt, model, … }.');
  }
  const { session, prompt, model, user, settings } = task;
  if (session !== undefined) checkSessionName(session);
  for (const [name, value] of Object.entries({ model, user })) {
    if (value === undefined) continue;
    const isName = typeof value === 'string' && /^[^\x00-\x1f]{1,200}$/.test(value) && value.isWellFormed();
    if (!isName) throw invalid(`The ${name} of a task must be a text of 1 to 200 characters.`);
  }
  if (settings !== undefined && !isJsonObject(settings)) {
    throw invalid('The settings of a task must be an object.');
  }
  jsonText(settings ?? {}, 'What the settings of a task say');
  if (prompt === undefined && session === undefined) {
    throw invalid('A task needs a prompt.', 'Give a prompt, or the session that is to be gone on with.');
  }
  return { name: session ?? `run-${randomBytes(6).toString('hex')}`, prompt: messagesOf(prompt) };
}

function messagesOf(prompt: RunTask['prompt']): readonly Message[] {
  if (prompt === undefined) return [];
  const messages: readonly unknown[] =
    typeof prompt === 'string' ? [{ role: 'user', content: prompt }] : prompt;
  const isPrompt =
    Array.isArray(messages) &&
    messages.length > 0 &&
    messages.every((message) => isJsonObject(message) && typeof message['role'] === 'string');
  if (!isPrompt) throw invalid('A prompt must be a text or a list of messages that is not empty.');
  jsonText(messages, 'A prompt');
  return messages as readonly Message[];
}

function invalid(message: string, remedy?: string): PerigeeError {
  return new PerigeeError('invalid-options', message, remedy === undefined ? {} : { remedy });
}
