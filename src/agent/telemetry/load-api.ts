type Api = typeof import('@opentelemetry/api');

let loading: Promise<Api | undefined> | undefined;

/** OpenTelemetry's interface, where it is installed. Absent for most; whoever records spans has it. */
export function loadApi(): Promise<Api | undefined> {
  loading ??= import('@opentelemetry/api').catch(() => undefined);
  return loading;
}
