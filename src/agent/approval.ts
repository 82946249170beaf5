import type { Tool } from './tool.ts';

/** A call that waits for a person. */
export interface ApprovalRequest {
  readonly step: number;
  readonly index: number;
  readonly id: string;
  readonly name: string;
  readonly arguments: string;
  /** What the tool shows of it, such as the difference that an edit would make. */
  readonly preview?: string;
}

/** What a person said to a call. */
export interface ApprovalAnswer {
  readonly approved: boolean;
  /** For the model to read. */
  readonly note?: string;
}

/** A call whose arguments are checked, as a policy sees it. */
export interface ApprovalCall {
  readonly id: string;
  readonly name: string;
  readonly input: unknown;
  readonly tool: Tool;
}

/** What a policy says to a call; `deny` is told to the model. */
export type ApprovalVerdict = 'allow' | 'ask' | { readonly deny: string };

export type ApprovalPolicy =
  | 'auto'
  | 'writes'
  | 'always'
  | ((call: ApprovalCall) => ApprovalVerdict | Promise<ApprovalVerdict>);

/**
 * Asks a person. `signal` fires when the answer is no longer needed: it came from elsewhere, or the run ends. What it
 * throws leaves the call waiting and ends the run with that error.
 */
export type OnApproval = (
  request: ApprovalRequest,
  options: { readonly signal: AbortSignal },
) => boolean | ApprovalAnswer | Promise<boolean | ApprovalAnswer>;
