/** The query of an address; of what stands in it several times, the last. */
export function queryOf(target: string): { readonly [name: string]: string } {
  const query = target.indexOf('?');
  return Object.fromEntries(new URLSearchParams(query < 0 ? '' : target.slice(query)));
}
