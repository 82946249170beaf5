/** What the name of a record says, as in `run-0/step-12/call-3/approval`. */
export interface RecordName {
  readonly run: number;
  /** Absent for what belongs to the whole run. */
  readonly step?: number;
  /** The call of the turn, by its index. */
  readonly call?: number;
  /** What it is: `prompt`, `end`, `turn`, `approvals`, `approval`, `call`, or a word that is not known here. */
  readonly part: string;
}

const NAME = /^run-(\d{1,15})\/(?:step-(\d{1,15})\/)?(?:call-(\d{1,15})(?:\/(.+))?|(.+))$/;

/** Takes the name of a record apart; undefined for one that the agent loop did not give. */
export function readRecordName(name: string): RecordName | undefined {
  const match = NAME.exec(name);
  if (!match) return undefined;
  const [, run, step, call, ofCall, part] = match;
  return {
    run: Number(run),
    part: part ?? ofCall ?? 'call',
    ...(step !== undefined && { step: Number(step) }),
    ...(call !== undefined && { call: Number(call) }),
  };
}

/** The beginning of the names of a step's records, as in `run-0/step-12`. */
export function stepPath(run: number, step: number): string {
  return `${runPath(run)}${stepPart(step)}`;
}

/** The name under which the answer to "may this call run?" is delivered. */
export function approvalName(run: number, step: number, call: number): string {
  return `${runPath(run)}${approvalPart(step, call)}`;
}

/** What the names of a run's records begin with. */
export function runPath(run: number): string {
  return `run-${run}/`;
}

/** A record of a step, by its name behind the run. */
export function stepPart(step: number, what?: 'turn' | 'approvals' | 'more' | 'stop'): string {
  return what === undefined ? `step-${step}` : `step-${step}/${what}`;
}

/** The result of a call, by its name behind the run. */
export function callPart(step: number, call: number): string {
  return `${stepPart(step)}/call-${call}`;
}

/** That calls are about to begin, the first of which is `call`. */
export function beginPart(step: number, call: number): string {
  return `${stepPart(step)}/begin-${call}`;
}

/** Whether a call may run, as a person said. */
export function approvalPart(step: number, call: number): string {
  return `${callPart(step, call)}/approval`;
}
