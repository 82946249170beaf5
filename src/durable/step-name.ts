/** What the name of a record says, as in `run-0/step-12/call-3/approval`. */
export interface StepName {
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
export function readStepName(name: string): StepName | undefined {
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
  return `run-${run}/step-${step}`;
}

/** The name under which the answer to "may this call run?" is delivered. */
export function approvalName(run: number, step: number, call: number): string {
  return `${stepPath(run, step)}/call-${call}/approval`;
}
