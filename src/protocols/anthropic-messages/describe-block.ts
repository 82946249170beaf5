import { isJsonObject } from '../../core/index.ts';
import { jsonText, textIn, type Wire } from './wire-reading.ts';

/**
 * What a block that has no place in our words says to a model that cannot see it: the calls and results of Anthropic's
 * server tools, references, and whatever is added to the protocol later. '' for what was never meant for a model. A
 * history cannot be refused: the session that holds it would be dead.
 */
export function describeBlock(block: Wire, place: string): string {
  const type = textIn(block['type']);
  switch (type) {
    case 'server_tool_use':
    case 'mcp_tool_use':
      return `[${textIn(block['name'])} was called with ${jsonText(block['input'] ?? {}, `${place}.input`)}]`;
    case 'tool_reference':
      return `The tool ${textIn(block['tool_name'])} can be called now.`;
    case 'search_result':
      return searchResult(block);
    case 'browser_state':
      return `Open tabs of the browser: ${jsonText(block['tabs'] ?? [], `${place}.tabs`)}`;
    case 'container_upload':
      return '[A file was uploaded to a container that cannot be reached here.]';
    // Boundaries and listings for Anthropic's own servers.
    case 'fallback':
    case 'mcp_tool_listing':
    case 'tool_addition':
    case 'tool_removal':
      return '';
    default:
      if (type.endsWith('_tool_result')) return serverResult(type, block, place);
      return `[A block of the type "${type}" was left out: it cannot be shown to this model.]`;
  }
}

function searchResult(block: Wire): string {
  const heading = [textIn(block['title']), textIn(block['source'])].filter(Boolean).join(', ');
  return [`Search result: ${heading}`, ...texts(block['content'])].join('\n');
}

/** The result of a tool that ran on Anthropic's servers. */
function serverResult(type: string, block: Wire, place: string): string {
  const tool = type.slice(0, -'_tool_result'.length);
  const content = block['content'];
  const lines = Array.isArray(content) ? content.map(resultLine) : [resultLine(content)];
  const said = lines.filter((line) => line !== '').join('\n');
  return `[Result of ${tool}]\n${said === '' ? jsonText(content ?? null, `${place}.content`) : said}`;
}

function resultLine(entry: unknown): string {
  if (typeof entry === 'string') return entry;
  if (!isJsonObject(entry)) return '';
  const { error_code: failure, url, title, text, stdout, stderr } = entry;
  if (typeof failure === 'string') return `Error: ${failure}`;
  if (typeof text === 'string') return text;
  if (typeof url === 'string') return [textIn(title), url].filter(Boolean).join(': ');
  return [textIn(stdout), textIn(stderr)].filter(Boolean).join('\n');
}

function texts(content: unknown): string[] {
  if (typeof content === 'string') return [content];
  return Array.isArray(content) ? content.map(resultLine).filter(Boolean) : [];
}
