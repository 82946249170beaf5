type Api = typeof import('@opentelemetry/api');

/** Where each copy of OpenTelemetry's interface of this major version keeps what was registered. */
const REGISTERED = Symbol.for('opentelemetry.js.api.1');

let loading: Promise<Api | undefined> | undefined;

/**
 * OpenTelemetry's interface where an SDK has registered with it; undefined for most, who then wait for nothing: a run begins
 * in the next microtask.
 */
export function loadApi(): Promise<Api | undefined> | undefined {
  if ((globalThis as { [REGISTERED]?: { trace?: unknown } })[REGISTERED]?.trace === undefined)
    return undefined;
  loading ??= import('@opentelemetry/api').catch(() => undefined);
  return loading;
}
