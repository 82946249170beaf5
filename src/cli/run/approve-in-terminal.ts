import { createInterface } from 'node:readline/promises';
import type { ApprovalAnswer, ApprovalRequest, OnApproval } from '../../agent/index.ts';
import { printable } from '../terminal/text.ts';

/** Puts a question to a person; `undefined` when there is nobody any more. */
export type Ask = (question: string, signal: AbortSignal) => Promise<string | undefined>;

/**
 * Asks a person whether a call may run. A tool that was allowed once for all its calls is not asked about again. An empty
 * line is asked again; the end of the input is a no.
 */
export function approveBy(ask: Ask): OnApproval {
  const allowed = new Set<string>();
  return async (request, { signal }) => {
    if (allowed.has(request.name)) return true;
    const name = printable(request.name);
    for (;;) {
      const said = await ask(`Run ${name}? [y]es, [n]o, [a]ll of ${name}, or say why not: `, signal);
      const answer = answerFrom(said, request, allowed);
      if (answer) return answer;
    }
  };
}

/** Asks with a line of its own on the terminal. */
export const askOnTerminal: Ask = async (question, signal) => {
  const lines = createInterface({ input: process.stdin, output: process.stdout });
  const closed = new Promise<undefined>((resolve) => lines.once('close', () => resolve(undefined)));
  // Ctrl-C is for the run, not for the line.
  lines.on('SIGINT', () => process.emit('SIGINT'));
  try {
    return await Promise.race([lines.question(question, { signal }), closed]);
  } finally {
    lines.close();
  }
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
