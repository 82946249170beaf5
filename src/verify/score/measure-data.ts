/** What is counted, each as a share of those answers in which it can be told. */
export const MEASURES = {
  precision: 'Trigger precision: calls where one was asked for',
  recall: 'Trigger recall: asked-for calls that came',
  f1: 'Trigger F1',
  schema: 'Schema accuracy: declared tools, arguments that validate',
  tools: 'The right tool',
  arguments: 'Arguments with the values asked for',
  parallel: 'Parallel calls in one answer',
  choice: 'tool_choice obeyed',
  clean: 'No leaks',
  whole: 'Nothing cut',
  ids: 'Ids and indexes of calls',
  finish: 'Honest finish reasons',
  answered: 'Answers at all',
  stream: 'Streams end as they should',
  same: 'Streamed as whole',
  deltas: 'Arguments stream as they are written',
  reasoning: 'Thinking can be switched',
  roundTrip: 'Reasoning is read again',
} as const;

export type MeasureName = keyof typeof MEASURES;
export const MEASURE_NAMES = Object.keys(MEASURES) as readonly MeasureName[];
