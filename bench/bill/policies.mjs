/**
 * What others do, each as a function from the history to the messages of the next request. A history is the task and
 * then two messages a round, the turn and its result.
 */

export const appendOnly = () => (history) => history;

/** The last rounds, every step: the prompt changes behind the task each time. */
export const slidingWindow = (rounds) => (history) => [history[0], ...lastRounds(history, rounds)];

/** Cut to so many rounds when the prompt has more than so many tokens. */
export function batches(rounds, above) {
  let from = 1;
  return (history, tokensOf) => {
    const view = () => [history[0], ...history.slice(from)];
    if (tokensOf(view()) > above) from = Math.max(from, history.length - 2 * rounds);
    return view();
  };
}

/**
 * Every step past `above` tokens: all results but the last few are replaced by a line. Since lines pile up, it also
 * cuts to 20 rounds at `most` tokens.
 */
export function placeholders(results, above, most, placeholderFor) {
  let from = 1;
  return (history, tokensOf) => {
    const whole = [history[0], ...history.slice(from)];
    const view = tokensOf(whole) > above ? replaced(whole, results, placeholderFor) : whole;
    if (tokensOf(view) <= most) return view;
    from = Math.max(from, history.length - 2 * 20);
    return [history[0], ...history.slice(from)];
  };
}

function replaced(view, results, placeholderFor) {
  const first = view.length - 2 * results;
  return view.map((message, index) =>
    message.role === 'tool' && index < first ? placeholderFor(message) : message,
  );
}

function lastRounds(history, rounds) {
  return history.slice(Math.max(1, history.length - 2 * rounds));
}
