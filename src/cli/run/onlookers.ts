import { failureEvent } from '../../agent/index.ts';
import type { Display } from './display.ts';
import type { RunSession } from './open-session.ts';

/** A display that also shows what happens to those who look on from elsewhere. */
export function withOnlookers(display: Display, session: RunSession | undefined): Display {
  if (!session?.emit) return display;
  const emit = (event: object) => session.emit!(event);
  return {
    ...display,
    event(event) {
      display.event(event);
      emit(event);
    },
    failed(error) {
      display.failed(error);
      emit(failureEvent(error));
    },
  };
}
