/** What can be found wrong with a host, and what to do about it. */
export interface FindingKind {
  readonly title: string;
  /** `note`: worth knowing, and no fault by itself. */
  readonly severity: 'fault' | 'note';
  readonly remedy: string;
}

const ASK_AGAIN =
  'perigee serve repairs what can be repaired without loss; models[].argument_retries in perigee.yaml has it ask again for the rest.';
const READS_LEAKS =
  'perigee serve reads the calls out of the text (the default); for an engine without a parser of its own give --format kimi.';
const TOOL_CHOICE =
  'perigee serve fits tool_choice to what the host takes and checks the answer (the default).';
const SEVERAL =
  'Give perigee serve several upstreams in perigee.yaml: it goes to the next one before the client sees anything.';

export const FINDINGS = {
  'leaked-into-content': {
    title: 'Calls or their markers stand in the content',
    severity: 'fault',
    remedy: READS_LEAKS,
  },
  'leaked-into-reasoning': {
    title: 'Calls or their markers stand in the reasoning',
    severity: 'fault',
    remedy: READS_LEAKS,
  },
  'reasoning-in-content': {
    title: 'The reasoning stands in the content, with its think tags',
    severity: 'fault',
    remedy:
      'Start the engine with its reasoning parser, or set start_in_reasoning: true at the upstream in perigee.yaml.',
  },
  'markers-in-arguments': {
    title: 'Markers stand in the names or arguments of calls',
    severity: 'fault',
    remedy: 'Update the parser of the engine, or switch it off and give perigee serve --format kimi.',
  },
  'broken-characters': {
    title: 'Characters are broken: half of one was sent, or what is no UTF-8',
    severity: 'fault',
    remedy: 'Update the engine, which decodes token by token: nothing behind the host can mend it.',
  },
  'cut-call': {
    title: 'The output ends inside a call',
    severity: 'fault',
    remedy:
      'perigee serve goes on with the call where the host can do that (models[].upstreams[].continuation), and spoils it elsewhere so that no client runs half of it. Give --max-tokens if the answer was only too long.',
  },
  'cut-answer': {
    title: 'The output ends for want of tokens, without a call',
    severity: 'note',
    remedy: 'Give more with --max-tokens; reasoning and answer share them.',
  },
  'undeclared-tool': {
    title: 'Tools are called that were not declared',
    severity: 'fault',
    remedy: `The engine should constrain decoding to the declared tools. ${ASK_AGAIN}`,
  },
  'invalid-arguments': {
    title: 'Arguments are not JSON objects',
    severity: 'fault',
    remedy: ASK_AGAIN,
  },
  'empty-arguments': {
    title: 'Arguments are an empty text where {} is meant',
    severity: 'fault',
    remedy: 'perigee serve sends {} (the default).',
  },
  'schema-violation': {
    title: 'Arguments break the schema of their tool',
    severity: 'fault',
    remedy: ASK_AGAIN,
  },
  'missing-id': {
    title: 'Calls have no id',
    severity: 'fault',
    remedy: 'perigee serve gives every call an id (the default).',
  },
  'duplicate-id': {
    title: 'Ids of calls repeat within a conversation',
    severity: 'fault',
    remedy: 'perigee serve never gives an id out twice in a conversation (the default).',
  },
  'foreign-ids': {
    title: 'Ids of calls are not of the form functions.NAME:N',
    severity: 'note',
    remedy:
      'Sent back, such ids make Kimi end turns empty unless the host renames them as Moonshot does; perigee serve renames them (the default).',
  },
  'odd-indexes': {
    title: 'Indexes of calls are missing, repeat, or do not count from 0',
    severity: 'fault',
    remedy: 'perigee serve counts the calls anew (the default).',
  },
  'lying-finish-reason': {
    title: 'The finish reason does not say what came',
    severity: 'fault',
    remedy: 'perigee serve derives the finish reason from what was parsed (the default).',
  },
  'refused-required': {
    title: 'tool_choice "required" is refused',
    severity: 'fault',
    remedy: TOOL_CHOICE,
  },
  'refused-named': {
    title: 'A tool_choice that names a tool is refused',
    severity: 'fault',
    remedy: TOOL_CHOICE,
  },
  'refused-none': { title: 'tool_choice "none" is refused', severity: 'fault', remedy: TOOL_CHOICE },
  'refused-request': {
    title: 'Requests are refused',
    severity: 'fault',
    remedy:
      'Where all are, look at the name of the model first. Else perigee conform --host HOST shows what perigee serve would send instead: schemas, ids, reasoning and sampling are fitted to the host.',
  },
  'ignored-required': {
    title: 'tool_choice "required" is ignored',
    severity: 'fault',
    remedy: TOOL_CHOICE,
  },
  'ignored-named': {
    title: 'A tool_choice that names a tool is ignored',
    severity: 'fault',
    remedy: TOOL_CHOICE,
  },
  'ignored-none': { title: 'tool_choice "none" is ignored', severity: 'fault', remedy: TOOL_CHOICE },
  'missed-call': {
    title: 'Nothing is called where a call was asked for',
    severity: 'fault',
    remedy:
      'Look at the leaks and refusals first, they are the usual cause. Else the chat template of the host declares the tools wrongly: perigee serve --upstream-protocol completions renders the prompt itself.',
  },
  'needless-call': {
    title: 'Something is called where words were asked for',
    severity: 'fault',
    remedy:
      'The chat template or a forced decoding of the host is wrong: perigee serve --upstream-protocol completions renders the prompt itself.',
  },
  'wrong-tool': {
    title: 'Another tool is called than the one that was asked for',
    severity: 'fault',
    remedy:
      'Compare with Moonshot by --reference: if it does better there, the weights or the template differ.',
  },
  'wrong-arguments': {
    title: 'Arguments have other values than the request names',
    severity: 'fault',
    remedy:
      'Look whether text is escaped twice, cut or normalised on the way; compare with Moonshot by --reference.',
  },
  'one-call-at-a-time': {
    title: 'Calls that belong into one answer come one at a time',
    severity: 'fault',
    remedy:
      'Some engines must be asked (parallel_tool_calls: true), which perigee serve does by the profile of the host.',
  },
  'empty-turn': {
    title: 'Answers are empty',
    severity: 'fault',
    remedy:
      'Foreign ids in the history are the usual cause (MoonshotAI/Kimi-K2#128): perigee serve renames them and asks again where nothing was shown yet.',
  },
  'stream-cut': { title: 'Streams break off', severity: 'fault', remedy: SEVERAL },
  'no-done': {
    title: 'Streams end without [DONE], or the answer does not come as a stream',
    severity: 'fault',
    remedy: 'perigee serve ends every stream as the protocol wants it (the default).',
  },
  'broken-events': {
    title: 'Events of streams are not JSON',
    severity: 'fault',
    remedy:
      'Look at what stands between you and the host (a proxy?), and update the engine: what such events held is lost.',
  },
  'stream-differs': {
    title: 'The same question is answered otherwise when streamed',
    severity: 'fault',
    remedy:
      'Sampling alone makes some difference; if leaks or ids differ, one of the two parsers of the host is broken. perigee serve always streams from the host.',
  },
  lumps: {
    title: 'Arguments come in one lump, not as they are written',
    severity: 'fault',
    remedy:
      'Nothing behind the host can mend it: long calls look like silence. Choose another parser or host.',
  },
  'reasoning-missing': {
    title: 'Thinking was asked for and no reasoning came',
    severity: 'fault',
    remedy:
      'The host drops the reasoning or does not take the switch: name the host with --host, or set dialect.thinking at the upstream in perigee.yaml. Clients must send reasoning back, and cannot.',
  },
  'thinking-not-off': {
    title: 'Thinking was switched off and reasoning came',
    severity: 'fault',
    remedy:
      'The host reads another switch: name it with --host, or set dialect.thinking at the upstream in perigee.yaml.',
  },
  'reasoning-not-read': {
    title: 'The model is not shown the reasoning of earlier steps',
    severity: 'fault',
    remedy:
      'The host reads another field: set dialect.reasoning_fields at the upstream in perigee.yaml; perigee serve then sends it and restores what clients drop.',
  },
  'slow-first-event': {
    title: 'The first event is late',
    severity: 'fault',
    remedy: 'routing.first_event_seconds in perigee.yaml asks the next upstream after that time.',
  },
  silence: {
    title: 'Streams fall silent in between, or never end',
    severity: 'fault',
    remedy:
      'models[].upstreams[].silence_seconds in perigee.yaml gives such an answer up; clients get pings meanwhile.',
  },
  'rate-limited': {
    title: 'The host says that it gets too many requests (429)',
    severity: 'note',
    remedy:
      'They were waited for. models[].upstreams[].concurrency in perigee.yaml keeps perigee serve below the limit, and its queue holds the rest.',
  },
  overloaded: { title: 'The host fails or is overloaded (5xx)', severity: 'fault', remedy: SEVERAL },
  unreachable: { title: 'Requests do not reach the host', severity: 'fault', remedy: SEVERAL },
  unreadable: {
    title: 'Answers are not what the protocol knows',
    severity: 'fault',
    remedy: 'Check that the base URL leads to a Chat Completions API; mostly it ends in /v1.',
  },
  'no-usage': {
    title: 'The host does not say how many tokens were used',
    severity: 'note',
    remedy: 'perigee serve estimates them, and marks them as estimates.',
  },
} as const satisfies { readonly [code: string]: FindingKind };

export type FindingCode = keyof typeof FINDINGS;

/** All codes, the gravest first as they stand above. */
export const FINDING_CODES = Object.keys(FINDINGS) as readonly FindingCode[];
