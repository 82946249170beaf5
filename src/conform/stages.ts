import { argumentsStage } from './arguments/arguments-stage.ts';
import { budgetBack, budgetStage } from './budget.ts';
import { fieldsStage } from './fields.ts';
import { historyStage } from './history/history.ts';
import { idsBack, idsStage } from './ids.ts';
import { mediaStage } from './media.ts';
import { namesBack, namesStage } from './names.ts';
import { reasoningStage } from './reasoning.ts';
import { responseFormatStage } from './response-format.ts';
import { samplingStage } from './sampling.ts';
import { schemaStage } from './schema/index.ts';
import type { EventStageMaker, RequestStage } from './stage.ts';
import { thinkingStage } from './thinking.ts';
import { toolChoiceStage } from './tool-choice.ts';
import { toolChoiceBack } from './tool-choice-back.ts';
import { truncationStage } from './truncation.ts';

/**
 * All request stages, in the order in which they act. Each may rely on those before it:
 *
 * 1. `fields`: what is left of `extra` is in the target's own words.
 * 2. `thinking`: whether the model thinks is settled; tool choice, reasoning and budgets depend on it.
 * 3. `history`: results stand behind their calls in order; all that follows goes by that.
 * 4. `media` counts the results of a turn and puts a message behind them, so it needs them in place.
 * 5. Here belong schema, then the answer's form, which may show one, then names, then tool choice: it may add a tool or
 *    switch thinking off.
 * 6. `reasoning`, after whatever switches thinking.
 * 7. `ids`, after names: they hold the names that are sent.
 * 8. `sampling`, after whatever switches thinking.
 * 9. `budget` last: it measures the prompt as it is sent.
 */
export const REQUEST_STAGES: readonly RequestStage[] = [
  fieldsStage,
  thinkingStage,
  historyStage,
  mediaStage,
  schemaStage,
  responseFormatStage,
  namesStage,
  toolChoiceStage,
  reasoningStage,
  idsStage,
  samplingStage,
  budgetStage,
];

/**
 * The makers of all event stages, in the order in which an event passes them: the way back, so what was done last to the
 * request is undone first, but for ids. An answer that nobody wants ends before all else. Names come next, since all
 * others go by the client's own; arguments are repaired before it is judged whether a call was cut, and tool choice sees
 * calls as they will be; ids come last, so that calls which were dropped use none up.
 */
export const EVENT_STAGES: readonly EventStageMaker[] = [
  budgetBack,
  namesBack,
  argumentsStage,
  truncationStage,
  toolChoiceBack,
  idsBack,
];
