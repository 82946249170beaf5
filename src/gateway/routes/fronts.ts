import type { Turn, WireProtocol } from '../../core/index.ts';
import {
  chatFront,
  compactFront,
  type EncodeOptions,
  type Front,
  messagesFront,
  type ResponsesReply,
  responsesFront,
  type StoredNames,
  storedConversation,
  storedNamesIn,
  withConfiguration,
} from '../../protocols/index.ts';
import type { StoredResponse } from '../stores/response-store.ts';

/** A protocol that is served: where its requests arrive, and how to read and write it. */
export interface ServedFront {
  /** Behind `/v1`. */
  readonly path: string;
  /** The field of a request in which the conversation stands. */
  readonly history: 'messages' | 'input';
  readonly front: Front<unknown>;
  /** What a request names of what was stored. Absent: the protocol has nothing of the kind. */
  storedNames?(json: unknown): StoredNames | undefined;
  /** Whether the client carries the reasoning of the answer, sealed. Absent: it does not. */
  carriesReasoning?(reply: unknown): boolean;
  /** Whether the client wants its answer stored. Absent: the protocol has nothing of the kind. */
  wantsStored?(reply: unknown): boolean;
  /** The answer as it is stored. */
  store?(turn: Turn, options: EncodeOptions<unknown>): StoredResponse;
}

/** A new protocol is a line here. */
export const FRONTS: readonly ServedFront[] = [
  { path: '/chat/completions', history: 'messages', front: chatFront },
  { path: '/messages', history: 'messages', front: messagesFront, carriesReasoning: () => true },
  {
    path: '/responses',
    history: 'input',
    front: responsesFront,
    storedNames: storedNamesIn,
    carriesReasoning: (reply) => (reply as ResponsesReply).sealed,
    wantsStored: (reply) => (reply as ResponsesReply).store,
    store(turn, encodeOptions) {
      const options = encodeOptions as EncodeOptions<ResponsesReply>;
      return {
        response: withConfiguration(
          responsesFront.encodeResponse(turn, options),
          options.reply.configuration,
        ),
        ...storedConversation(turn, options),
      };
    },
  },
  {
    path: '/responses/compact',
    history: 'input',
    front: compactFront,
    storedNames: storedNamesIn,
    carriesReasoning: () => true,
  },
];

/** The front in whose shape a request without a route of its own is answered. */
export function frontOf(protocol: WireProtocol): Front<unknown> {
  return (FRONTS.find(({ front }) => front.protocol === protocol) ?? FRONTS[0]!).front;
}
