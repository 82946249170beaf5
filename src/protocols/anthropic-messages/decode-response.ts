import { isJsonObject, type StreamEvent } from '../../core/index.ts';
import { reportedFinish } from '../openai-chat/finish.ts';
import { type ReportContext, throwHostError } from '../openai-chat/stream-error.ts';
import { BlockReader } from './block-reader.ts';
import { UsageReader } from './decode-usage.ts';
import { textIn } from './wire-reading.ts';

/**
 * The events of a whole `message`, as `createMessagesStreamDecoder` would give them. Throws a `PerigeeError` where the
 * response is a host's report of failure.
 */
export function decodeMessagesResponse(json: unknown, context?: ReportContext): StreamEvent[] {
  const message = isJsonObject(json) ? json : {};
  throwHostError(message, context);
  const events: StreamEvent[] = [];
  const blocks = new BlockReader();
  const usage = new UsageReader();
  const { content } = message;
  if (Array.isArray(content)) {
    for (const [position, block] of content.entries()) {
      blocks.start(position, block, events);
      blocks.stop(position, events);
    }
  }
  usage.read(message['usage']);
  events.push(reportedFinish(textIn(message['stop_reason']) || undefined, usage.usage()));
  return events;
}
