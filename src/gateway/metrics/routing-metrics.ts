import type { ServedModel } from '../options.ts';
import { type AskedMetric, metric } from './series.ts';

/** How the upstreams of all models stand at this moment. */
export function routingMetrics(models: readonly ServedModel[]): AskedMetric[] {
  const routings = models.flatMap(({ name, routing }) => (routing ? [{ name, ...routing() }] : []));
  if (routings.length === 0) return [];
  const lanes = routings.flatMap(({ name, upstreams }) =>
    upstreams.map((upstream) => ({ labels: { model: name, upstream: upstream.name }, upstream })),
  );
  return [
    metric(
      'perigee_upstream_open',
      'gauge',
      '1 while an upstream is left alone after failures, or was not found to answer again.',
      lanes.map(({ labels, upstream }) => ({ labels, value: upstream.breaker === 'closed' ? 0 : 1 })),
    ),
    metric(
      'perigee_upstream_rest_seconds',
      'gauge',
      'For how long an upstream asked to be left alone yet (Retry-After).',
      lanes.map(({ labels, upstream }) => ({ labels, value: (upstream.restsMs ?? 0) / 1000 })),
    ),
    metric(
      'perigee_upstream_running_requests',
      'gauge',
      'Requests that an upstream is answering.',
      lanes.map(({ labels, upstream }) => ({ labels, value: upstream.active })),
    ),
    metric(
      'perigee_waiting_requests',
      'gauge',
      'Requests that wait for a place at an upstream.',
      routings.map(({ name, waiting }) => ({ labels: { model: name }, value: waiting })),
    ),
  ];
}
