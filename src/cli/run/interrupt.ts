/** What Ctrl-C does, the first time, the second, and so on; after the last the process ends. */
export function onInterrupt(...stages: readonly (() => void)[]): () => void {
  let next = 0;
  const interrupt = () => {
    const stage = stages[next++];
    if (!stage) process.exit(130);
    stage();
  };
  process.on('SIGINT', interrupt);
  return () => process.off('SIGINT', interrupt);
}
