import { type Content, type Message, parseJsonObject, type ToolCall } from '../../core/index.ts';
import { printable } from '../terminal/text.ts';

/** A message as a section of a document. `tools`: the names of the tools by the ids of their calls. */
export function markdownOf(message: Message, tools: ReadonlyMap<string, string>): string {
  switch (message.role) {
    case 'system':
      return `## Instructions\n\n${contentOf(message.content)}`;
    case 'user':
      return `## User\n\n${contentOf(message.content)}`;
    case 'assistant': {
      const { reasoning, content, toolCalls = [] } = message;
      const parts = [
        '## Assistant',
        reasoning ? `<details><summary>Reasoning</summary>\n\n${fenced(reasoning)}\n\n</details>` : '',
        contentOf(content),
        ...toolCalls.map(callOf),
      ];
      return parts.filter((part) => part.trim() !== '').join('\n\n');
    }
    case 'tool': {
      const { name, toolCallId, content, isError } = message;
      const what = `${isError ? 'Error' : 'Result'} of ${inline(name ?? tools.get(toolCallId) ?? toolCallId)}`;
      return `<details><summary>${what}</summary>\n\n${fenced(contentOf(content))}\n\n</details>`;
    }
    default:
      return message satisfies never;
  }
}

function callOf({ name, arguments: text }: ToolCall): string {
  const json = parseJsonObject(text);
  return `**Calls ${inline(name)}**\n\n${fenced(json ? JSON.stringify(json, null, 2) : text, 'json')}`;
}

function contentOf(content: Content): string {
  if (typeof content === 'string') return printable(content);
  const parts = content.map((part) => (part.type === 'text' ? printable(part.text) : `(${part.type})`));
  return parts.join('\n\n');
}

/** A block that nothing in the text can end. */
function fenced(text: string, language = ''): string {
  const runs = text.match(/`+/g) ?? [];
  const fence = '`'.repeat(runs.reduce((most, { length }) => Math.max(most, length + 1), 3));
  return `${fence}${language}\n${printable(text)}\n${fence}`;
}

function inline(text: string): string {
  return printable(text).replace(/[<>&`*_\s]+/g, ' ');
}
