import type { Category } from '../../verify/index.ts';

/** What the options of `perigee verify` say. */
export interface VerifyFlags {
  readonly baseUrl?: string;
  readonly model?: string;
  readonly apiKeyEnv?: string;
  readonly host?: string;
  readonly reference?: string;
  readonly referenceModel?: string;
  readonly referenceApiKeyEnv?: string;
  readonly throughGateway?: boolean;
  readonly only?: readonly Category[];
  readonly list?: boolean;
  readonly concurrency?: number;
  readonly repeat?: number;
  readonly maxTokens?: number;
  /** Seconds. */
  readonly timeout?: number;
  readonly extraBody?: { readonly [field: string]: unknown };
  readonly resultsFile?: string;
  readonly samples?: string;
  readonly results?: string;
  readonly referenceResults?: string;
  readonly json?: boolean;
  readonly html?: string;
  readonly minSchemaAccuracy?: number;
  readonly minF1?: number;
}

/** Where a command writes. */
export interface VerifyOutput {
  /** Standard output, for the report. */
  out(text: string): void;
  /** Standard error, for what goes on meanwhile. */
  err(text: string): void;
  /** Standard error is a terminal on which a line can be drawn over. */
  readonly live: boolean;
  readonly columns: number;
}
