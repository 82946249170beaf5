import type { MarkerKind } from '../engine/markers.ts';

/** What each marker does. */
export const MARKER_REASONS: { readonly [kind in MarkerKind]: string } = {
  'section-begin': 'opens the section of calls; between its calls all else is noise',
  'section-end': 'closes the section of calls',
  'call-begin': 'opens a call: its header follows',
  'argument-begin': 'ends the header: the arguments follow',
  'call-end': 'closes the call',
  'output-end': 'ends the output: what follows belongs to the next turn',
  'think-begin': 'opens the reasoning',
  'think-end': 'closes the reasoning',
  'tag-begin': 'opens a call between tags',
};

/** Why a piece is what it is. */
export const REASONS = {
  text: 'is for the reader',
  reasoning: 'stands before the answer',
  noise: 'stands in the section of calls and is no call',
  rest: 'stands behind the end of the output',
  header: 'names the tool',
  arguments: 'are the arguments, up to the marker that closes them',
  leakedHeader: 'names a declared tool; the markers around it are lost',
  leakedArguments: 'are arguments whose markers are lost',
  closer: 'is the tag that closes the call',
  wholeAnswer: 'is an answer that as a whole is a list of calls',
  tag: 'is a call between tags',
  again: 'looked like a call, was held, and is read again as what it is',
  structural: 'is white space or a role word behind a call, with nothing after it',
  seam: 'was a marker once another marker inside of it was gone',
  unused: 'is no part of the call',
} as const;
