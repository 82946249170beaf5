/** Milliseconds that this process has worked since then; the clock would count what others do on a busy machine. */
export function workedMs(before: NodeJS.CpuUsage): number {
  const { user, system } = process.cpuUsage(before);
  return (user + system) / 1000;
}
