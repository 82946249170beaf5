// What the model of the killed runs does. It is a function of the messages alone, so every process that goes on with a
// run goes on with the same script, wherever the one before it was killed.

/** The user's words that the run steers itself with. */
export const STEERED = 'Be quick about it.';

/** Tools whose effects must never happen twice, and what their keys begin with. */
export const UNSAFE = ['pay', 'break', 'order', 'wipe'];

/** One turn for each way in which a call is served: together, failing, steered, approved, eager, alone. */
const EACH = [
  ['pay', 'pay', 'pay', 'look'],
  ['break'],
  ['order'],
  ['wipe', 'pay'],
  ['look', 'look'],
  ['pay'],
];

/** The calls of a turn of the short script, undefined when there is nothing left to do. */
export function eachKind(turn) {
  return named(EACH[turn], turn);
}

const LONG = [['pay'], ['pay', 'pay'], ['look', 'pay'], ['break'], ['look']];

/** The calls of a turn of a script without an end. */
export function forEver(turn) {
  return named(turn % 25 === 24 ? ['wipe', 'pay'] : LONG[turn % LONG.length], turn);
}

function named(tools, turn) {
  return tools?.map((name, index) => ({ name, key: `${name}-${turn}-${index}` }));
}

/**
 * The events of the next turn. Effects that are unverified are checked first, and those that are missing are made up for
 * with a tool that looks before it acts. `mayEnd`: asked before a turn of the script; true answers instead.
 */
export function nextEvents(messages, plan, mayEnd) {
  const at = messages.findLastIndex(({ role, toolCalls }) => role === 'assistant' && toolCalls?.length > 0);
  const last = messages[at]?.toolCalls ?? [];
  const results = messages.slice(at + 1).filter(({ role }) => role === 'tool');
  const turn = at < 0 ? -1 : JSON.parse(last[0].arguments).turn;
  const keyOf = (id) => JSON.parse(last.find((call) => call.id === id).arguments).key;
  const doubtful = results.filter(isUnverified).map(({ toolCallId }) => keyOf(toolCallId));
  if (doubtful.length > 0) return calls(turn, [{ name: 'check', keys: doubtful }]);
  const missing = last[0]?.name === 'check' ? JSON.parse(results[0].content).missing : [];
  if (missing.length > 0)
    return calls(
      turn,
      missing.map((key) => ({ name: 'redo', key })),
    );
  const next = mayEnd(turn + 1) ? undefined : plan(turn + 1);
  return next
    ? calls(turn + 1, next)
    : [
        { type: 'text-delta', delta: 'Done.' },
        { type: 'finish', reason: 'stop' },
      ];
}

/** Whether the model is told that nobody knows how a call went. */
export function isUnverified({ content }) {
  return content.includes('Whether it took effect is not known');
}

function calls(turn, list) {
  const events = list.flatMap(({ name, ...input }, index) => [
    { type: 'tool-call-start', index, id: `functions.${name}:${10 * turn + index}`, name },
    { type: 'tool-call-delta', index, delta: JSON.stringify({ turn, ...input }) },
    { type: 'tool-call-end', index },
  ]);
  return [
    { type: 'reasoning-delta', delta: `Turn ${turn}.` },
    ...events,
    { type: 'finish', reason: 'tool-calls' },
  ];
}
