import { isJsonObject, parseJson } from '../core/index.ts';

/** What a line that is no part of an event reports as a failure, if it does. */
export function reportIn(line: string): unknown {
  const named = /^error:\s*(.*)/s.exec(line)?.[1];
  if (named !== undefined) return parseJson(named) ?? named;
  const json = line.trimStart().startsWith('{') ? parseJson(line) : undefined;
  return isJsonObject(json) && json['error'] ? json : undefined;
}
