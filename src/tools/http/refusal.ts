/** A request, or a way that it would have gone, that is not allowed: the sentence says what and why. */
export class HttpRefusal extends Error {
  override readonly name: string = 'HttpRefusal';
}
