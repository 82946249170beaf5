import type { RunStatus } from '../../durable/index.ts';
import { timeText } from '../sessions/time-text.ts';

/** What is said where nobody takes runs. */
export const NO_WORKER = 'No worker is there now; perigee worker starts one.';

/** Where a run stands when somebody begins to look on. `workers`: how many there are. */
export function introduction(status: RunStatus, workers: number): string {
  const { id, state, worker, queuedAt, beganAt } = status;
  if (isOpen(status)) {
    const open = status.isLeft
      ? `${id} was left by ${worker}, which is gone`
      : `${id} is in line since ${timeText(queuedAt)}`;
    return workers === 0 ? `${open}. ${NO_WORKER}` : `${open}; the next worker that is free has it.`;
  }
  switch (state) {
    case 'running':
      return `${id} is worked on by ${worker ?? 'a worker'}${beganAt === undefined ? '' : `, since ${timeText(beganAt)}`}.`;
    case 'waiting':
      return `${id} waits for a person.`;
    default:
      return `${id} is over: ${state}.`;
  }
}

/** Whether a run is to be worked on and nobody has it. */
export function isOpen(status: RunStatus | undefined): boolean {
  return status?.state === 'queued' || status?.isLeft === true;
}
