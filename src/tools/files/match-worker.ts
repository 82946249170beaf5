/** What the worker is asked: one text to look through, at most `limit` lines of it. */
export interface MatchRequest {
  readonly text: string;
  readonly limit: number;
}

/** One line that fits. */
export interface MatchedLine {
  /** Counted from 1. */
  readonly line: number;
  /** The line, or what is around the first fit where it is long. */
  readonly text: string;
}

/**
 * The whole program of the worker that looks for a pattern in texts. It is started from its own source text, so that
 * it runs from a bundle as well: it must use nothing from outside.
 */
export function matchWorker(workerThreads: typeof import('node:worker_threads')): void {
  const { parentPort, workerData } = workerThreads;
  const { source, flags, maxLine } = workerData as { source: string; flags: string; maxLine: number };
  const pattern = new RegExp(source, flags);
  parentPort?.on('message', ({ text, limit }: MatchRequest) => {
    const found: MatchedLine[] = [];
    let line = 1;
    let lineStart = 0;
    pattern.lastIndex = 0;
    for (let match = pattern.exec(text); match && found.length < limit; match = pattern.exec(text)) {
      for (let end = text.indexOf('\n', lineStart); end >= 0 && end < match.index; ) {
        line++;
        lineStart = end + 1;
        end = text.indexOf('\n', lineStart);
      }
      const end = text.indexOf('\n', match.index);
      const lineEnd = end < 0 ? text.length : end;
      // What stands behind the last line break is no line when it is empty.
      if (match.index === text.length && lineStart === text.length && text !== '') break;
      const whole = text.slice(lineStart, lineEnd).replace(/\r$/, '');
      const from =
        whole.length <= maxLine ? 0 : Math.max(0, match.index - lineStart - Math.floor(maxLine / 4));
      const part = whole.slice(from, from + maxLine);
      const after = from + part.length < whole.length ? '…' : '';
      found.push({ line, text: `${from > 0 ? '…' : ''}${part}${after}` });
      // One hit a line is enough.
      if (end < 0) break;
      pattern.lastIndex = Math.max(lineEnd + 1, pattern.lastIndex);
    }
    parentPort.postMessage(found);
  });
}
