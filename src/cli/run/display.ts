import picocolors from 'picocolors';
import { type AgentEvent, eventJson, failureEvent, RunError, type RunResult } from '../../agent/index.ts';
import { summaryLine } from '../terminal/summary.ts';
import { printable } from '../terminal/text.ts';
import { Worklog } from '../terminal/worklog.ts';
import type { Floor } from './approve-in-terminal.ts';
import { type EndingOptions, endingText } from './ending.ts';

/** How a run is shown. */
export interface Display extends Floor {
  /** The line that says what answers. */
  introduce(line: string, isPractice: boolean): void;
  event(event: AgentEvent): void;
  /** What tools print, and what happens around the run. */
  note(text: string): void;
  end(result: RunResult): void;
  failed(error: unknown): void;
}

/** The id of the practice model. */
const PRACTICE = 'practice';

/** Of displays that nobody is asked on. */
const NO_FLOOR: Floor = { hold: () => () => {}, answered() {} };

const toStderr = (text: string): void => void process.stderr.write(printable(text.replace(/\n?$/, '\n')));

/** One event a line on standard output, everything else on standard error. */
export function showJson(options: EndingOptions = {}): Display {
  const write = standardOutput();
  const print = (value: object) => write(`${eventJson(value)}\n`);
  return {
    introduce: toStderr,
    note: toStderr,
    ...NO_FLOOR,
    event: print,
    end(result) {
      const ending = endingText(result, options);
      if (ending !== undefined) toStderr(`perigee: ${ending}`);
    },
    failed(error) {
      print(failureEvent(error));
    },
  };
}

/** The answer and nothing else. */
export function showAnswer(options: EndingOptions = {}): Display {
  const write = standardOutput();
  return {
    introduce() {},
    event() {},
    note: toStderr,
    ...NO_FLOOR,
    end(result) {
      const text = process.stdout.isTTY ? printable(result.text) : result.text;
      if (text !== '') write(text.endsWith('\n') ? text : `${text}\n`);
      const ending = endingText(result, options);
      if (ending !== undefined) toStderr(`perigee: ${ending}`);
    },
    failed() {},
  };
}

/** Whether there is a person at this terminal who can be asked. */
export function canAsk(): boolean {
  return process.stdout.isTTY === true && process.stdin.isTTY === true;
}

/** Everything as it happens, for people. `isChat`: there is a line to type in, so nothing can be drawn over. */
export function showWorklog({ isChat = false, ...how }: EndingOptions = {}): Display {
  const { stdout } = process;
  const colors = picocolors.createColors(stdout.isTTY && picocolors.isColorSupported);
  const worklog = new Worklog({
    write: (text) => stdout.write(text),
    get columns() {
      return stdout.columns || 160;
    },
    get rows() {
      return stdout.rows || 24;
    },
    live: !isChat && stdout.isTTY === true && process.env['TERM'] !== 'dumb',
    colors,
  });
  const answered = new Set<string>();
  let practice: boolean | undefined;
  const summary = (result: RunResult) =>
    stdout.write(`\n${colors.dim(printable(summaryLine(result, practice ?? false)))}\n`);
  return {
    introduce(line, isPractice) {
      practice = isPractice;
      stdout.write(`${line}\n\n`);
    },
    event(event) {
      // Of a run elsewhere nobody has said what answers.
      if (event.type === 'step-start') practice ??= event.model === PRACTICE;
      // The question and its answer stand there already.
      if (event.type === 'approval-request' && canAsk()) return;
      if (event.type === 'approval' && answered.delete(event.id)) return;
      worklog.show(event);
    },
    note: (text) => worklog.note(text),
    hold: () => worklog.hold(),
    answered: (callId) => void answered.add(callId),
    end(result) {
      // The answer of an earlier run, asked for again: nothing was streamed of it.
      if (worklog.isEmpty && result.text !== '') stdout.write(`${printable(result.text)}\n`);
      worklog.close();
      const ending = endingText(result, { isChat, ...how });
      if (ending !== undefined) stdout.write(`\n${colors.yellow(printable(ending))}\n`);
      summary(result);
    },
    failed(error) {
      worklog.close();
      if (error instanceof RunError && error.result.steps.length > 0) summary(error.result);
      if (!worklog.isEmpty) stdout.write('\n');
    },
  };
}

/** As it is now: tools may be kept from it later. */
function standardOutput(): (text: string) => void {
  const { stdout } = process;
  const write = stdout.write.bind(stdout);
  return (text) => void write(text);
}
