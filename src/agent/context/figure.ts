/** A whole number with commas, the same in every place of the world. */
export function figure(value: number): string {
  return String(Math.round(value)).replace(/\B(?=(\d{3})+$)/g, ',');
}
