/** One message of a conversation. Histories are append-only: a message is never changed after it was added. */
export type Message = SystemMessage | UserMessage | AssistantMessage | ToolMessage;

export interface SystemMessage {
  readonly role: 'system';
  readonly content: Content;
  /** Replaces the role word in Kimi's prompt header. */
  readonly name?: string;
}

export interface UserMessage {
  readonly role: 'user';
  readonly content: Content;
  readonly name?: string;
}

/** What the model answered. It goes back exactly as it came, reasoning included. */
export interface AssistantMessage {
  readonly role: 'assistant';
  readonly content: Content;
  readonly reasoning?: string;
  /** What proves to the host that it wrote `reasoning`; goes back with it, to that host. */
  readonly reasoningSignature?: string;
  readonly toolCalls?: readonly ToolCall[];
  readonly name?: string;
}

/** The result of one call. Tool failures are results too: the model reads them and corrects itself. */
export interface ToolMessage {
  readonly role: 'tool';
  readonly toolCallId: string;
  readonly content: Content;
  /** The tool failed. The content says so too: most protocols have no place for this. */
  readonly isError?: boolean;
  readonly name?: string;
}

/** A call as it stands in the history. */
export interface ToolCall {
  readonly id: string;
  readonly name: string;
  /** JSON text, byte for byte as the model wrote it. */
  readonly arguments: string;
}

/** Plain text, or parts where images and video are mixed in. */
export type Content = string | readonly ContentPart[];

export type ContentPart =
  | { readonly type: 'text'; readonly text: string }
  | { readonly type: 'image'; readonly url: string }
  | { readonly type: 'video'; readonly url: string };

/** The text of a content, its parts joined; media are left out. */
export function textOf(content: Content): string {
  if (typeof content === 'string') return content;
  let text = '';
  for (const part of content) if (part.type === 'text') text += part.text;
  return text;
}

/** Whether two contents say the same. Texts that differ mostly differ in their length, so it is seldom more than a look. */
export function sameContent(one: Content, other: Content): boolean {
  if (typeof one === 'string' || typeof other === 'string') return one === other;
  return one.length === other.length && one.every((part, position) => samePart(part, other[position]!));
}

function samePart(one: ContentPart, other: ContentPart): boolean {
  return one.type === other.type && bodyOf(one) === bodyOf(other);
}

/** The text, or the address of the medium. */
function bodyOf(part: ContentPart): string {
  return part.type === 'text' ? part.text : part.url;
}
