import type { Message, Session, Usage } from '../../core/index.ts';
import {
  type ContextBill,
  ContextWindow,
  type CutPlan,
  Ledger,
  READ_RESULT,
  readResultTool,
  spill,
} from '../context/index.ts';
import { contentOf } from '../limits/repeats.ts';
import type { AgentOptions } from '../options.ts';
import type { CallResult } from '../result.ts';
import { isMemorySession } from '../session/memory-session.ts';
import type { Tool } from '../tool.ts';
import { PromptSize } from './prompt-size.ts';

/** What the model is shown of a run: the pruned view, long results shortened, and what that costs and saves. */
export class PromptContext {
  readonly #window: ContextWindow;
  readonly #ledger: Ledger;
  readonly #isOff: boolean;
  readonly #mayRead: boolean;
  readonly #session: () => Session;
  /** Whole results that were spilled, by call: their text, or the record that holds it. */
  readonly #spilled = new Map<string, { readonly record: string } | { readonly text: string }>();
  #wasCut = false;
  #isShortened = false;
  readonly #size = new PromptSize();
  /** Reads a result that was spilled or cut. */
  readonly readTool: Tool;

  constructor(options: AgentOptions, session: () => Session) {
    const { context, model, maxTokens, tools = {}, thinking } = options;
    this.#isOff = context === false;
    this.#mayRead = Object.keys(tools).length > 0 && !Object.hasOwn(tools, READ_RESULT);
    this.#session = session;
    this.#window = new ContextWindow(context || undefined, model.prices, model.contextWindow, {
      ...(maxTokens !== undefined && { answerTokens: maxTokens }),
      readBack: this.#mayRead,
      // Kimi's templates drop it at the next message of the user, unless they are asked to keep it.
      keepsReasoning: thinking === 'keep',
    });
    this.#ledger = new Ledger(model.prices, model.contextWindow);
    this.readTool = readResultTool({ get: (id) => this.#read(id) }, this.#window.settings.spillOver);
  }

  /** What the next request carries of the history. */
  get messages(): readonly Message[] {
    return this.#isOff ? this.#window.history : this.#window.messages;
  }

  /**
   * Tokens of the next prompt, as estimated: what the host counted last and what was added since. Only behind a cut that
   * says nothing, and the window's own estimate, which is learnt from all that was counted, is the better one.
   */
  get tokens(): number {
    return this.#wasCut ? this.#window.estimate().tokens : this.#size.tokens;
  }

  /** Whether a host has counted: what was not known before, such as the tools, is in the estimate then. */
  get isCounted(): boolean {
    return this.#size.isCounted;
  }

  /** Tokens of the longest answer so far; 0 before the first. */
  get largestAnswer(): number {
    return this.#size.largestAnswer;
  }

  /** Something is not shown any more as it was, so the model needs the tool that reads it. */
  get needsReading(): boolean {
    return this.#isShortened && this.#mayRead;
  }

  get window(): ContextWindow {
    return this.#window;
  }

  /** `isCounted`: the host has counted it, as the answer of the turn that it was told of. */
  append(message: Message, isCounted = false): void {
    this.#window.append([message]);
    if (!isCounted) this.#size.add(message);
  }

  /** The cut that is due before the next turn, if one is. */
  plan(): CutPlan | undefined {
    return this.#isOff ? undefined : this.#window.plan();
  }

  /** The host said that the prompt is too long. */
  overflowed(): CutPlan | undefined {
    return this.#isOff ? undefined : this.#window.overflowed();
  }

  apply(cut: CutPlan, summary?: string): void {
    this.#window.apply(cut, summary);
    this.#wasCut = true;
    this.#isShortened = true;
  }

  /** What the host counted for the last prompt and its answer, before the answer is appended. */
  told(usage: Usage): void {
    this.#ledger.add({ usage, estimate: this.#window.estimate(), wasCut: this.#wasCut });
    this.#wasCut = false;
    this.#window.told(usage);
    this.#size.told(usage);
  }

  addSummary(usage: Usage): void {
    this.#ledger.addSummary(usage);
  }

  /** A result as the model reads it. `record`: where the whole of it is on record. */
  contentOf(result: CallResult, record: string): string {
    const { id, output } = result;
    const spilled = this.#isOff ? undefined : spill(output, id, this.#window.settings.spillOver);
    if (spilled && this.#mayRead) {
      this.#spilled.set(id, isMemorySession(this.#session()) ? { text: output } : { record });
      this.#isShortened = true;
    }
    const shown = spilled && this.#mayRead ? spilled.kept : output;
    return contentOf({ ...result, output: shown });
  }

  get bill(): ContextBill {
    return this.#ledger.bill();
  }

  async #read(id: string): Promise<string | undefined> {
    const spilled = this.#spilled.get(id);
    if (!spilled) return this.#window.resultOf(id);
    if ('text' in spilled) return spilled.text;
    const { output } = await this.#session().step<CallResult>(spilled.record, () => {
      throw new Error('The record of this call is gone.');
    });
    return output;
  }
}
