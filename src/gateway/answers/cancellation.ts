import { getEventListeners } from 'node:events';

/** Controllers that are kept at most. */
const MOST = 256;

const unused: AbortController[] = [];

/**
 * A controller that never fired. Making one costs Node as much as parsing a small request does, and hardly any is ever
 * used, so they are given back.
 */
export function takeController(): AbortController {
  return unused.pop() ?? new AbortController();
}

/** Gives a controller back, once all that was given its signal has ended. One that fired, or is listened to, is done. */
export function returnController(controller: AbortController): void {
  const { signal } = controller;
  if (signal.aborted || unused.length >= MOST || getEventListeners(signal, 'abort').length > 0) return;
  unused.push(controller);
}
