import type { ExpectedCall, Label, VerifyCase } from '../../src/verify/case.ts';
import { SUITE } from '../../src/verify/suite/suite.ts';

/** What a host that always answers by the label says. */
export interface LabelledAnswer {
  reasoning: string;
  content: string;
  calls: { id: string; name: string; arguments: string }[];
  finishReason: string | null;
}

export interface WireBody {
  readonly [field: string]: unknown;
  readonly model: string;
  readonly stream?: boolean;
  readonly messages: readonly {
    readonly role: string;
    readonly content?: string | null;
    readonly reasoning_content?: string;
    readonly tool_call_id?: string;
    readonly tool_calls?: readonly { readonly id: string; readonly function: { readonly name: string } }[];
  }[];
  readonly tool_choice?: unknown;
  readonly thinking?: { readonly type: string };
}

export interface Asked {
  readonly asked: VerifyCase;
  /** 1: the calls of the first answer were answered. */
  readonly step: number;
  readonly label: Label;
}

/** What the user said is what tells the questions apart, whatever a gateway changes about the rest. */
const BY_WORDS = new Map(SUITE.map((asked) => [wordsOf(asked.messages), asked]));

export function wordsOf(messages: readonly { readonly role: string; readonly content?: unknown }[]): string {
  return messages
    .filter(({ role }) => role === 'user')
    .map(({ content }) => content)
    .join('\n---\n');
}

type Messages = readonly { readonly role: string; readonly content?: unknown }[];

/** The question that a conversation is, and how far it has come. A gateway may have added words of its own behind it. */
export function askedBy(messages: Messages): Asked {
  for (let length = messages.length; length > 0; length--) {
    const asked = BY_WORDS.get(wordsOf(messages.slice(0, length)));
    if (!asked) continue;
    const step = asked.followUp && results(messages) > results(asked.messages) ? 1 : 0;
    return { asked, step, label: step === 0 ? asked.label : asked.followUp!.label };
  }
  throw new Error(`no question of the suite: ${wordsOf(messages).slice(0, 200)}`);
}

function results(messages: Messages): number {
  return messages.filter(({ role }) => role === 'tool').length;
}

/** The labelled answer. Who is not shown the earlier reasoning cannot know what stands only there. */
export function labelledAnswer({ messages, thinking }: WireBody): LabelledAnswer {
  const { asked, label } = askedBy(messages);
  const count = messages.reduce((sum, message) => sum + (message.tool_calls?.length ?? 0), 0);
  const shown = messages.map((message) => message.reasoning_content ?? '').join('\n');
  const calls = label.calls.map((call, position) => ({
    id: `functions.${call.name}:${count + position}`,
    name: call.name,
    arguments: JSON.stringify(known(call, asked, shown)),
  }));
  return {
    reasoning: thinking?.type === 'disabled' ? '' : 'I think about what was asked.',
    content: calls.length > 0 ? '' : (label.text ?? 'Done.'),
    calls,
    finishReason: calls.length > 0 ? 'tool_calls' : 'stop',
  };
}

function known({ arguments: given }: ExpectedCall, { proves }: VerifyCase, shown: string): object {
  if (proves !== 'reasoning') return given;
  return Object.values(given).every((value) => shown.includes(String(value))) ? given : { code: 'unknown' };
}
