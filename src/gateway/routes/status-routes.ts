import { refuse } from '../answers/refuse.ts';
import type { Exchange } from '../exchange.ts';
import { replyJson, replyText } from './json-reply.ts';

/** `/healthz`: the process answers. */
export function health(exchange: Exchange): void {
  replyJson(exchange, 200, { status: 'ok' });
}

/** `/readyz`: a request would be taken now. */
export function readiness(exchange: Exchange): void {
  const { runtime, snapshot } = exchange;
  const models = snapshot.options.models.list().map((model) => ({
    name: model.name,
    ready: model.ready?.() ?? true,
  }));
  const ready = !runtime.draining && models.some((model) => model.ready);
  const status = runtime.draining ? 'draining' : ready ? 'ready' : 'no model is ready';
  replyJson(exchange, ready ? 200 : 503, { status, models });
}

/** `/metrics`, for Prometheus. */
export function showMetrics(exchange: Exchange): void {
  exchange.runtime.metrics.text().then(
    (text) => replyText(exchange, 200, 'text/plain; version=0.0.4; charset=utf-8', text),
    (error: unknown) => refuse(exchange, error),
  );
}

/** What clients ask to see whether anybody is there: `HEAD /`, and Claude Code's `/api/hello`. */
export function hello(exchange: Exchange): void {
  replyJson(exchange, 200, { message: 'hello', service: 'perigee' });
}
