/** What `perigee connect` can be told on the command line. */
export interface ConnectOptions {
  readonly list?: boolean;
  readonly gateway?: string;
  readonly host?: string;
  readonly baseUrl?: string;
  readonly model?: string;
  readonly apiKeyEnv?: string;
  readonly key?: string;
  readonly write?: boolean;
  readonly yes?: boolean;
  readonly undo?: boolean;
  readonly force?: boolean;
  readonly config?: string;
  readonly test?: boolean;
}

/** What the command is given by whoever starts it. */
export interface ConnectSurroundings {
  readonly environment: NodeJS.ProcessEnv;
  readonly platform: NodeJS.Platform;
  out(text: string): void;
  err(text: string): void;
  /** Asks a person; undefined where there is none to ask. */
  readonly ask?: (question: string) => Promise<boolean>;
}
