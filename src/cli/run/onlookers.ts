import { failureEvent } from '../../agent/index.ts';
import { watchConnection } from '../runs/watch-connection.ts';
import type { Display } from './display.ts';
import type { RunSession } from './open-session.ts';

/** A display that also shows what happens to those who look on from elsewhere, and says when they and the records cannot be reached. */
export function withOnlookers(display: Display, session: RunSession | undefined): Display {
  if (!session?.emit) return display;
  watchConnection(
    () => session.isConnected !== false,
    (text) => display.note(text),
  );
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
