/**
 * What others do, each as a function from the history to the messages of the next request. A history is the task and
 * then two messages a round, the turn and its result. `tokensOf` counts a prompt, instructions and tools included.
 */

export const appendOnly = () => (history) => history;

/** The last rounds, every step: the prompt changes behind the task each time. */
export const slidingWindow = (rounds) => () => (history) => [history[0], ...lastRounds(history, rounds)];

/**
 * Cut to so many rounds when the prompt has more than so many tokens. `stubbed`: so many rounds before those stay with
 * their calls, but a line instead of each result.
 */
export const batches =
  (rounds, above, stubbed = 0, stubOf = undefined) =>
  () => {
    let shown = [];
    let seen = 0;
    return (history, tokensOf) => {
      shown = seen === 0 ? history.slice() : [...shown, ...history.slice(seen)];
      seen = history.length;
      if (tokensOf(shown) <= above) return shown;
      const older = lastRounds(history.slice(0, Math.max(1, seen - 2 * rounds)), stubbed);
      shown = [history[0], ...(stubbed > 0 ? withStubs(older, stubOf) : []), ...lastRounds(history, rounds)];
      return shown;
    };
  };

/**
 * Every step past `above` tokens: all results but the last few are replaced by a line. Lines pile up, so it also cuts to
 * 20 rounds at `most` tokens.
 */
export const placeholders = (results, above, most, stubOf) => () => {
  let from = 1;
  const view = (history, tokensOf) => {
    const whole = [history[0], ...history.slice(from)];
    if (tokensOf(whole) <= above) return whole;
    const first = whole.length - 2 * results;
    return [...withStubs(whole.slice(0, first), stubOf), ...whole.slice(first)];
  };
  return (history, tokensOf) => {
    const shown = view(history, tokensOf);
    if (tokensOf(shown) <= most) return shown;
    from = Math.max(from, history.length - 2 * 20);
    return view(history, tokensOf);
  };
};

function withStubs(messages, stubOf) {
  return messages.map((message) => (message.role === 'tool' ? stubOf(message) : message));
}

function lastRounds(history, rounds) {
  return rounds === 0 ? [] : history.slice(Math.max(1, history.length - 2 * rounds));
}
