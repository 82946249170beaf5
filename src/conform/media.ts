import type { Content, ContentPart, Message, ToolMessage, UserMessage } from '../core/index.ts';
import type { RequestStage, Target, Tell } from './stage.ts';

type Media = Exclude<ContentPart, { type: 'text' }>;

const LINK = /^https?:/i;
const MOST_LINK = 200;

/**
 * Puts images and video where the model can read them, since a part that is refused would be refused for ever: kinds that
 * the model does not read, and links that the host does not follow, become a text that says so; media in results of tools move
 * into a message of the user behind the results of that turn, where the host is not known to take them in place.
 */
export const mediaStage: RequestStage = (request, target, tell) => {
  if (!request.messages.some(({ content }) => hasMedia(content))) return request;
  const readable = withoutUnreadable(request.messages, target, tell);
  const messages = takesResultMedia(target) ? readable : outOfResults(readable, tell);
  return messages === request.messages ? request : { ...request, messages };
};

function takesResultMedia({ host, protocol }: Target): boolean {
  return host?.resultMedia === true || protocol === 'anthropic-messages';
}

function withoutUnreadable(messages: readonly Message[], target: Target, tell: Tell): readonly Message[] {
  let first: number | undefined;
  let count = 0;
  const replaced = messages.map((message, position) => {
    const { content } = message;
    if (typeof content === 'string' || !content.some((part) => reasonAgainst(part, target))) return message;
    first ??= position;
    return {
      ...message,
      content: content.map((part): ContentPart => {
        const reason = reasonAgainst(part, target);
        if (reason === undefined) return part;
        count++;
        return { type: 'text', text: reason };
      }),
    };
  });
  if (first === undefined) return messages;
  const places = count === 1 ? 'is' : `and ${count - 1} more are`;
  tell(note('replaced', `An image or video in messages[${first}] ${places} left out; a text says so.`));
  return replaced;
}

/** The text that stands for a part which cannot be sent; undefined: it can. */
function reasonAgainst(part: ContentPart, { model, host }: Target): string | undefined {
  if (part.type === 'text') return undefined;
  if (model && !model.inputs.includes(part.type)) return `[${part.type} left out: this model cannot see it]`;
  if (host?.mediaLinks !== false || !LINK.test(part.url)) return undefined;
  const link = part.url.length > MOST_LINK ? `${part.url.slice(0, MOST_LINK)}…` : part.url;
  return `[${part.type} left out: this host follows no links, the data itself must be sent: ${link}]`;
}

function outOfResults(messages: readonly Message[], tell: Tell): readonly Message[] {
  const out: Message[] = [];
  let moved: ContentPart[] = [];
  let results = 0;
  let count = 0;
  let first: number | undefined;
  messages.forEach((message, position) => {
    if (message.role !== 'tool') {
      flush();
      out.push(message);
      return;
    }
    results++;
    const media = mediaOf(message.content);
    if (media.length === 0) {
      out.push(message);
      return;
    }
    first ??= position;
    count += media.length;
    moved.push({ type: 'text', text: `From result ${results} above:` }, ...media);
    out.push(withoutMedia(message, media));
  });
  flush();
  if (first === undefined) return messages;
  const places = count === 1 ? 'is' : `and ${count - 1} more are`;
  tell(note('moved', `An image or video in messages[${first}] ${places} moved behind the results.`));
  return out;

  function flush(): void {
    results = 0;
    if (moved.length === 0) return;
    out.push({ role: 'user', content: moved } satisfies UserMessage);
    moved = [];
  }
}

/** The text alone, and where the rest is. Text as one string: hosts that take no media take no parts either. */
function withoutMedia(message: ToolMessage, media: readonly Media[]): ToolMessage {
  const kinds = new Set(media.map(({ type }) => type));
  const what = kinds.size > 1 ? 'images and video' : kinds.has('image') ? 'image' : 'video';
  const there = `[${what} in the message below]`;
  const texts = typeof message.content === 'string' ? [message.content] : textsOf(message.content);
  return { ...message, content: [...texts, there].join('\n') };
}

function textsOf(content: readonly ContentPart[]): string[] {
  return content.flatMap((part) => (part.type === 'text' && part.text !== '' ? [part.text] : []));
}

function mediaOf(content: Content): Media[] {
  if (typeof content === 'string') return [];
  return content.filter((part): part is Media => part.type !== 'text');
}

function hasMedia(content: Content): boolean {
  return typeof content !== 'string' && content.some((part) => part.type !== 'text');
}

function note(action: string, text: string) {
  return { stage: 'media', action, text };
}
