import { setTimeout as pause } from 'node:timers/promises';
import { type ToolContext, tool } from '../../agent/index.ts';
import { defaultWorld, SERVICES, SEVERITIES, type Service, type Severity, type World } from './world.ts';

/** Milliseconds that each tool takes, as the systems behind it would; different, so that one sees them overlap. */
const LATENCY_MS = { get_service_health: 180, search_logs: 390, get_deploys: 260, page_engineer: 120 };
const FIRST_INCIDENT = 4821;
const DEFAULT_LINES = 20;
const DEFAULT_DEPLOYS = 5;

export interface IncidentToolsOptions {
  /** Milliseconds that every tool takes; default 120 to 390, each tool its own. 0: no timer at all. */
  readonly latencyMs?: number;
}

const service = { type: 'string', enum: SERVICES, description: 'The service.' };

/**
 * What an on-call engineer has at hand, over a simulated world: `get_service_health`, `search_logs`,
 * `get_deploys` and `page_engineer`, which opens an incident in `world`.
 */
export function incidentTools(world: World = defaultWorld(), options: IncidentToolsOptions = {}) {
  const wait = async (name: keyof typeof LATENCY_MS, { signal }: ToolContext): Promise<void> => {
    const milliseconds = options.latencyMs ?? LATENCY_MS[name];
    if (milliseconds > 0) await pause(milliseconds, undefined, { signal });
  };
  const stateOf = (name: Service) => {
    const state = world.services[name];
    if (!state)
      throw new Error(`There is no service ${JSON.stringify(name)}. Known: ${SERVICES.join(', ')}.`);
    return state;
  };

  return {
    get_service_health: tool({
      description:
        'Error rate (a fraction of 1), latency and traffic of a service over the last five minutes.',
      inputSchema: object({ service }, ['service']),
      readOnly: true,
      async execute(input: { readonly service: Service }, context: ToolContext) {
        await wait('get_service_health', context);
        return { service: input.service, checked_at: world.now, ...stateOf(input.service).health };
      },
    }),

    search_logs: tool({
      description: 'Log lines of a service from the last hour, oldest first.',
      inputSchema: object(
        {
          service,
          query: {
            type: 'string',
            description: 'Only lines that contain this text, or have it as their level.',
          },
          limit: {
            type: 'integer',
            minimum: 1,
            maximum: 200,
            description: `The newest so many. Default ${DEFAULT_LINES}.`,
          },
        },
        ['service'],
      ),
      readOnly: true,
      async execute(
        input: { readonly service: Service; readonly query?: string; readonly limit?: number },
        context: ToolContext,
      ) {
        await wait('search_logs', context);
        const query = (input.query ?? '').toLowerCase();
        const lines = stateOf(input.service).logs.filter(({ level, message }) =>
          `${level} ${message}`.toLowerCase().includes(query),
        );
        return {
          service: input.service,
          total: lines.length,
          lines: lines.slice(-(input.limit ?? DEFAULT_LINES)),
        };
      },
    }),

    get_deploys: tool({
      description: 'The latest deploys of a service, newest first.',
      inputSchema: object(
        {
          service,
          limit: { type: 'integer', minimum: 1, maximum: 50, description: `Default ${DEFAULT_DEPLOYS}.` },
        },
        ['service'],
      ),
      readOnly: true,
      async execute(input: { readonly service: Service; readonly limit?: number }, context: ToolContext) {
        await wait('get_deploys', context);
        const deploys = stateOf(input.service)
          .deploys.slice(-(input.limit ?? DEFAULT_DEPLOYS))
          .reverse();
        return { service: input.service, deploys };
      },
    }),

    page_engineer: tool({
      description:
        'Pages the engineer on call for a service and opens an incident. Only when people are affected.',
      inputSchema: object(
        {
          service,
          summary: {
            type: 'string',
            minLength: 1,
            description: 'What is wrong, since when, and the likely cause.',
          },
          severity: { type: 'string', enum: SEVERITIES, description: 'sev1 is the worst.' },
        },
        ['service', 'summary', 'severity'],
      ),
      async execute(
        input: { readonly service: Service; readonly summary: string; readonly severity: Severity },
        context: ToolContext,
      ) {
        stateOf(input.service);
        await wait('page_engineer', context);
        const { service, summary, severity } = input;
        const id = `INC-${FIRST_INCIDENT + world.incidents.length}`;
        world.incidents.push({ id, service, severity, summary, opened_at: world.now });
        return { incident_id: id, service, severity, status: 'paged', opened_at: world.now };
      },
    }),
  };
}

function object(properties: object, required: readonly string[]) {
  return { type: 'object', properties, required, additionalProperties: false };
}
