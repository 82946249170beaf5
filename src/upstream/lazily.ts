/** An iterable that is made when the first of its values is asked for, without a layer of promises of its own. */
export function lazily<T>(make: () => AsyncIterable<T>): AsyncIterable<T> {
  return {
    [Symbol.asyncIterator]() {
      let inner: AsyncIterator<T> | undefined;
      let over = false;
      return {
        next() {
          if (over) return Promise.resolve({ done: true, value: undefined });
          try {
            inner ??= make()[Symbol.asyncIterator]();
          } catch (error) {
            over = true;
            return Promise.reject(error);
          }
          return inner.next();
        },
        async return() {
          over = inner === undefined;
          await inner?.return?.();
          return { done: true, value: undefined };
        },
      };
    },
  };
}
