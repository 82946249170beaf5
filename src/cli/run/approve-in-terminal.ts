import { createInterface } from 'node:readline/promises';
import type { ApprovalAnswer, ApprovalRequest, OnApproval } from '../../agent/index.ts';
import { questionText } from '../terminal/question.ts';

/** Puts a question to a person; `undefined` when there is nobody any more, or the signal has fired. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

/** The screen on which is asked. */
export interface Floor {
  /** Keeps everything else off it until the returned function is called. */
  hold(): () => void;
  /** A call was answered here: nobody need be told what came of the question. */
  answered(callId: string): void;
}

const QUESTION = 'Run it? [y]es, [n]o, [a]ll of this tool, or say why not: ';

/**
 * Asks a person whether a call may run. A tool that was allowed once for all its calls is not asked about again. An empty
 * line is asked again; the end of the input is a no.
 */
export function approveBy(ask: Ask, floor: Floor): OnApproval {
  const allowed = new Set<string>();
  return async (request, { signal }) => {
    if (allowed.has(request.name)) {
      floor.answered(request.id);
      return true;
    }
    // What came before the question is shown before it.
    await new Promise((resolve) => setImmediate(resolve));
    const release = floor.hold();
    try {
      process.stdout.write(questionText(request, process.stdout.columns || 80));
      for (;;) {
        const said = await ask(QUESTION, signal);
        // It is not needed any more: whatever was typed must not become the answer.
        if (signal.aborted) throw signal.reason;
        const answer = answerFrom(said, request, allowed);
        if (!answer) continue;
        floor.answered(request.id);
        return answer;
      }
    } finally {
      release();
    }
  };
}

/** Asks with a line of its own on the terminal. */
export const askOnTerminal: Ask = async (question, signal) => {
  if (signal.aborted) return undefined;
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  // Ctrl-C is for the run, not for the line.
  lines.on('SIGINT', () => process.emit('SIGINT'));
  let said: string | undefined;
  try {
    said = await Promise.race([lines.question(question, { signal }), closed]);
  } catch {
    // The signal.
  } finally {
    lines.close();
  }
  if (said === undefined) process.stdout.write('\n');
  return said;
};

/** `undefined`: nothing was said. */
function answerFrom(
  said: string | undefined,
  request: ApprovalRequest,
  allowed: Set<string>,
): ApprovalAnswer | undefined {
  if (said === undefined) return { approved: false, note: 'The input ended before there was an answer.' };
  const text = said.trim();
  if (text === '') return undefined;
  if (/^y(es)?$/i.test(text)) return { approved: true };
  if (/^a(ll)?$/i.test(text)) {
    allowed.add(request.name);
    return { approved: true };
  }
  if (/^n(o)?$/i.test(text)) return { approved: false };
  return { approved: false, note: text.replace(/^no?[,:]?\s+/i, '') };
}

/** Nobody can be asked: the model is told so. */
export function refuseUnasked(): OnApproval {
  return () => ({
    approved: false,
    note: 'Nobody can be asked here; the command was not given a terminal or a session.',
  });
}
