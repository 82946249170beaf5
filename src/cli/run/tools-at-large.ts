/**
 * What the code of tools must not do to a run of hours. The process stays until the run is over, though a tool may wait
 * for something that holds no process (Node would end it without a word), and a promise that nobody looks at fails
 * without taking everything with it. Returns what ends that.
 */
export function toolsAtLarge(note: (text: string) => void): () => void {
  const awake = setInterval(() => {}, 2 ** 30);
  const stray = (thrown: unknown) => {
    const message = thrown instanceof Error ? thrown.message : String(thrown);
    note(`A promise that nobody waits for has failed, in a tool or what it uses: ${message}`);
  };
  process.on('unhandledRejection', stray);
  return () => {
    clearInterval(awake);
    process.off('unhandledRejection', stray);
  };
}
