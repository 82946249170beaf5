/** Work that is under way, by name: whoever asks for the same joins. */
export class Joined {
  readonly #underWay = new Map<string, Promise<unknown>>();

  do<T>(name: string, work: () => Promise<T>): Promise<T> {
    const joined = this.#underWay.get(name);
    if (joined) return joined as Promise<T>;
    const doing = work().finally(() => this.#underWay.delete(name));
    this.#underWay.set(name, doing);
    return doing;
  }
}
