import { isJsonObject, type Message, PerigeeError, type Turn } from '../../core/index.ts';
import type { ClientRequest, DecodeOptions, EncodeOptions, Front } from '../front/index.ts';
import { asksForCompaction, compactionItem, isOfCompaction } from './compaction.ts';
import { inputItems } from './decode-input.ts';
import { encodeContent } from './encode-content.ts';
import { unsupported } from './fields.ts';
import { responsesFront } from './front.ts';
import { isMessage, listedItems } from './listed-items.ts';
import type { Item, ResponsesReply } from './reply.ts';
import { type Ending, encodeUsage, endingOfTurn } from './response-object.ts';

/**
 * `POST /v1/responses/compact`: the conversation is answered with what is to stand in its place, the user's messages as
 * they are and a summary of all the rest. Nothing of it is stored.
 */
export const compactFront: Front<ResponsesReply> = {
  ...responsesFront,
  decodeRequest: decodeCompactRequest,
  encodeResponse: encodeCompactResponse,
};

/** The request as one for an answer, which the summary is; what `POST /v1/responses` takes besides is taken too. */
function decodeCompactRequest(json: unknown, options?: DecodeOptions): ClientRequest<ResponsesReply> {
  if (!isJsonObject(json)) return responsesFront.decodeRequest(json, options);
  if (json['stream'] === true) {
    throw unsupported('stream', 'A compaction is not streamed.', 'Ask for it without `stream`.');
  }
  const items = inputItems(json);
  const said = asksForCompaction(items) ? items.slice(0, -1) : items;
  const isEmpty = said.length === 0 && (json['previous_response_id'] ?? undefined) === undefined;
  const input = isEmpty ? [] : [...said, { type: 'compaction_trigger' }];
  return responsesFront.decodeRequest({ ...json, input, stream: false, store: false }, options);
}

function encodeCompactResponse(turn: Turn, options: EncodeOptions<ResponsesReply>): Item {
  const ending = endingOfTurn(turn, true);
  if (ending.status !== 'completed') throw unfinished(ending);
  const { id, created, reply } = options;
  const said = [...reply.recalled.filter(isOfUser).map(messageItem), ...reply.inputItems.filter(isUserItem)];
  return {
    id: `resp_${id}`,
    object: 'response.compaction',
    created_at: created,
    output: [...listedItems(said, id), compactionItem(options, turn.content)],
    usage: encodeUsage(turn.usage),
  };
}

const isUserItem = (item: Item): boolean => isMessage(item) && item['role'] === 'user';

/** A summary of earlier is not the user's, and is in the new one. */
const isOfUser = (message: Message): boolean => message.role === 'user' && !isOfCompaction(message);

function messageItem({ content }: Message): Item {
  return { type: 'message', role: 'user', content: encodeContent(content) };
}

/** An object of this kind has no place in which it could say that there is no summary. */
function unfinished({ incompleteReason, error }: Ending): PerigeeError {
  switch (incompleteReason) {
    case 'max_output_tokens':
      return new PerigeeError(
        'context-too-long',
        'The summary was cut off: there was no room for all of it.',
        {
          remedy: 'Compact a shorter conversation, or allow more `max_output_tokens`.',
        },
      );
    case 'content_filter':
      return new PerigeeError('content-filter', "The host's content filter broke the summary off.");
    default:
      return new PerigeeError('server-error', error?.message ?? 'The model wrote no summary.', {
        retryable: true,
      });
  }
}
