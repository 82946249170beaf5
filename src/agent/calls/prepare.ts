import { isJsonObject } from '../../core/index.ts';
import { problemsText } from '../arguments/problems.ts';
import type { PendingCall } from '../loop/transcript.ts';
import type { ReadyTool, Toolbox } from '../toolbox.ts';
import { refusal } from './refusal.ts';
import { thrownMessage } from './result-text.ts';

/** A call that may be run, or what the model is told instead. */
export type Prepared = { readonly tool: ReadyTool; readonly input: unknown } | { readonly refused: string };

/** Looks a call up, parses and checks its arguments. Nothing has an effect before this is through. */
export async function prepare(call: PendingCall, toolbox: Toolbox): Promise<Prepared> {
  if (call.isCut) return { refused: refusal.cut(call.written) };
  return prepareWritten(call.name, call.written, toolbox);
}

/** The same for a call that was written to its end. */
export async function prepareWritten(name: string, written: string, toolbox: Toolbox): Promise<Prepared> {
  const tool = toolbox.find(name);
  if (!tool) return { refused: refusal.unknownTool(name, toolbox.names) };
  const parsed = parseArguments(written);
  if ('refused' in parsed) return parsed;
  try {
    const checked = await tool.check(parsed.value);
    if ('problems' in checked) return { refused: refusal.badArguments(problemsText(checked.problems)) };
    return { tool, input: checked.input };
  } catch (thrown) {
    return { refused: refusal.notChecked(thrownMessage(thrown)) };
  }
}

/** No arguments at all stand for an empty object: models write nothing, or `null`, for a tool without any. */
function parseArguments(written: string): { value: unknown } | { refused: string } {
  const text = written.trim();
  if (text === '' || text === 'null') return { value: {} };
  try {
    const value: unknown = JSON.parse(written);
    return isJsonObject(value) ? { value } : { refused: refusal.notAnObject(written) };
  } catch {
    return { refused: refusal.notJson(written) };
  }
}
