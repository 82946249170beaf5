import type { CaseMessage, CaseTool, ExpectedCall, JsonObject, Label, VerifyCase } from '../case.ts';

/** A user's message. */
export function user(content: string): CaseMessage {
  return { role: 'user', content };
}

/** A system message. */
export function system(content: string): CaseMessage {
  return { role: 'system', content };
}

/** An expected call whose arguments are all sure, unless fewer are named. */
export function call(tool: CaseTool, given: JsonObject, sure = Object.keys(given)): ExpectedCall {
  return { name: tool.name, arguments: given, sure };
}

/** A call of the history together with its result. */
export function called(id: string, tool: CaseTool, given: JsonObject, content: string): CaseMessage[] {
  return [
    { role: 'assistant', calls: [{ id, name: tool.name, arguments: given }] },
    { role: 'tool', id, content },
  ];
}

/** A good answer that calls. */
export function calls(...expected: readonly ExpectedCall[]): Label {
  return { calls: expected };
}

/** A good answer in words. */
export function says(text: string): Label {
  return { calls: [], text };
}

type Rest = Partial<Omit<VerifyCase, 'id' | 'category' | 'tools' | 'messages' | 'label'>>;

/** A case with a user's question, or with the messages that are given. */
export function ask(
  id: string,
  category: VerifyCase['category'],
  tools: readonly CaseTool[],
  question: string | readonly CaseMessage[],
  label: Label,
  rest: Rest = {},
): VerifyCase {
  const messages = typeof question === 'string' ? [user(question)] : question;
  return { id, category, tools, messages, label, ...rest };
}
