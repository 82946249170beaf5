/**
 * The largest count up to `most` for which it holds, which it does for all smaller ones: all, mostly, so that is tried first; else it
 * is looked for by halves. `least`: for which it is known to hold.
 */
export function largestCount(most: number, holds: (count: number, least: number) => boolean): number {
  let least = 0;
  let largest = most;
  for (let tried = most; least < largest; tried = (least + largest + 1) >> 1) {
    if (holds(tried, least)) least = tried;
    else largest = tried - 1;
  }
  return least;
}
