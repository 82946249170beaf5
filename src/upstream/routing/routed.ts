import { modelStream } from '../../core/index.ts';
import { Admission } from './admission.ts';
import { Lane } from './lane.ts';
import { checkRouting, type RoutedModel, type RoutingOptions, type Upstream } from './options.ts';
import { orderBy } from './order.ts';
import { RoutedAnswer } from './routed-answer.ts';
import type { Desk } from './trip.ts';

/**
 * One model behind several upstreams, asked in the order given or by weight. A request goes on to the next upstream,
 * and again to the same, as long as no call was handed on; requests that the host refuses for what they are fail at
 * once. Throws `invalid-options` at once for upstreams and options that cannot work.
 */
export function routed(
  name: string,
  upstreams: readonly Upstream[],
  options: RoutingOptions = {},
): RoutedModel {
  checkRouting(name, upstreams, options);
  const now = options.now ?? (() => performance.now());
  const lanes = upstreams.map((upstream) => new Lane(upstream, options, name));
  const admission = new Admission(name, options, now);
  for (const lane of lanes) {
    options.hints?.watch(lane.sharedName, (hint) => {
      lane.breaker.heard(hint, now());
      admission.look();
    });
  }
  const desk: Desk = { name, options, admission, orderOf: orderBy(lanes), now };
  const prices = upstreams.find(({ model }) => model.prices)?.model.prices;
  const windows = upstreams.flatMap(({ model }) => model.contextWindow ?? []);
  return {
    id: name,
    ...(prices && { prices }),
    // A conversation must fit wherever it is sent.
    ...(windows.length > 0 && { contextWindow: Math.min(...windows) }),
    stream: (request, streamOptions = {}) =>
      modelStream(() => new RoutedAnswer(desk, request, streamOptions)),
    ready: () => admission.hasRoom && admission.isWorthWaiting(lanes),
    upstreams: () => lanes.map((lane) => lane.state(now())),
    waiting: () => admission.waiting,
  };
}
