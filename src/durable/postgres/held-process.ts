/** This process, as others who use the database know it. */
export interface HeldProcess {
  readonly name: string;
  /** Fires when somebody else goes by this name now, since this process was taken for dead. */
  readonly lost: AbortSignal;
  /**
   * Whether nobody goes by this name any more: its lock was free twice in a row, 1.5 s apart. So it takes that long to
   * answer yes; a restart of the database alone makes nobody dead.
   */
  isDead(process: string): Promise<boolean>;
  /** Whether it is in touch with the database now. */
  readonly isConnected: boolean;
  /** Lets everybody know that this process has a duty, by the name that all give it, until `layDown` or until it is gone. */
  takeUp(duty: string): Promise<void>;
  layDown(): Promise<void>;
  /** How many processes have this duty now. */
  countOf(duty: string): Promise<number>;
  /** Lets others go by the name, and take over what is still open under it. */
  release(): Promise<void>;
}

/** Those of several processes that are dead. */
export async function deadOf(process: HeldProcess, names: Iterable<string>): Promise<ReadonlySet<string>> {
  const unique = [...new Set(names)];
  const areDead = await Promise.all(unique.map((name) => process.isDead(name)));
  return new Set(unique.filter((_, index) => areDead[index]));
}
