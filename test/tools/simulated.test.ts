import { describe, expect, it } from 'vitest';
import type { Tools } from '../../src/agent/index.ts';
import { defaultWorld, getWeather, incidentTools, toolsets } from '../../src/tools/index.ts';

const context = {
  signal: new AbortController().signal,
  toolCallId: 'functions.x:0',
  idempotencyKey: 'functions.x:0',
};

describe('get_weather', () => {
  it('finds a city however it is written, in either unit, and says that it is simulated', () => {
    expect(getWeather.execute({ city: ' sao paulo' }, context)).toMatchObject({
      city: 'São Paulo',
      simulated: true,
    });
    const celsius = getWeather.execute({ city: 'Paris' }, context);
    expect(celsius).toMatchObject({ temperature: 18, unit: 'celsius' });
    expect(getWeather.execute({ city: 'Paris', unit: 'fahrenheit' }, context)).toMatchObject({
      temperature: 64,
      unit: 'fahrenheit',
    });
  });

  it('names the cities it knows when it does not know one', () => {
    expect(getWeather.execute({ city: 'Atlantis' }, context)).toMatchObject({
      error: expect.stringContaining('"Atlantis"'),
      known_cities: expect.arrayContaining(['Paris', 'Tokyo']),
    });
  });
});

describe('the incident tools', () => {
  it('show checkout degraded by the figures of the world', async () => {
    const tools = incidentTools(defaultWorld(), { latencyMs: 0 });
    const health = await tools.get_service_health.execute({ service: 'checkout' }, context);
    expect(health).toMatchObject({ status: 'degraded', error_rate: 0.182, p95_ms: 4200 });
    const deploys = await tools.get_deploys.execute({ service: 'checkout', limit: 1 }, context);
    expect(deploys).toMatchObject({ deploys: [{ version: 'v2.4.1', time: '2026-03-12T13:30:00Z' }] });
    const logs = await tools.search_logs.execute({ service: 'checkout', query: 'error', limit: 2 }, context);
    expect(logs).toMatchObject({ total: 5, lines: [{ level: 'ERROR' }, { level: 'ERROR' }] });
    const all = (await tools.search_logs.execute({ service: 'checkout', query: 'applyPromo' }, context)) as {
      lines: { time: string; message: string }[];
    };
    expect(all.lines[0]!.time).toContain('13:42');
    expect(all.lines[0]!.message).toContain('NullPointerException');
  });

  it('show payments and search healthy', async () => {
    const tools = incidentTools(undefined, { latencyMs: 0 });
    for (const service of ['payments', 'search']) {
      expect(await tools.get_service_health.execute({ service }, context)).toMatchObject({
        status: 'healthy',
      });
      expect(await tools.search_logs.execute({ service, query: 'error' }, context)).toMatchObject({
        total: 0,
      });
    }
  });

  it('open an incident in the world for each page, with ids that a test can know', async () => {
    const world = defaultWorld();
    const tools = incidentTools(world, { latencyMs: 0 });
    const page = { service: 'checkout', summary: 'orders fail', severity: 'sev1' };
    expect(await tools.page_engineer.execute(page, context)).toMatchObject({ incident_id: 'INC-4821' });
    expect(await tools.page_engineer.execute(page, context)).toMatchObject({ incident_id: 'INC-4822' });
    expect(world.incidents.map(({ id }) => id)).toEqual(['INC-4821', 'INC-4822']);
    expect(defaultWorld().incidents).toEqual([]);
  });

  it('stop waiting when they are aborted, and page nobody then', async () => {
    const world = defaultWorld();
    const controller = new AbortController();
    const paging = incidentTools(world, { latencyMs: 60_000 }).page_engineer.execute(
      { service: 'checkout', summary: 'x', severity: 'sev1' },
      { ...context, signal: controller.signal },
    );
    controller.abort();
    await expect(paging).rejects.toThrow();
    expect(world.incidents).toEqual([]);
  });

  it('read whatever world they are given', async () => {
    const world = defaultWorld();
    world.services.search.health = { ...world.services.search.health, status: 'down', error_rate: 1 };
    const tools = incidentTools(world, { latencyMs: 0 });
    const health = await tools.get_service_health.execute({ service: 'search' }, context);
    expect(health).toMatchObject({ status: 'down', error_rate: 1 });
  });
});

describe('toolsets', () => {
  it('hold the ready tools by name, each with a description and an object schema', () => {
    const tools = {
      ...toolsets.calculator(),
      ...toolsets.files(),
      ...toolsets.edit(),
      ...toolsets.weather(),
      ...toolsets.incident({ latencyMs: 0 }),
      ...toolsets.http(),
      ...toolsets.code(),
    };
    expect(Object.keys(tools)).toEqual([
      'calculator',
      'list_files',
      'read_file',
      'search_files',
      'write_file',
      'edit_file',
      'get_weather',
      'get_service_health',
      'search_logs',
      'get_deploys',
      'page_engineer',
      'http_fetch',
      'run_code',
    ]);
    for (const tool of Object.values(tools)) {
      expect(tool.description.length).toBeGreaterThan(20);
      expect(tool.inputSchema).toMatchObject({ type: 'object' });
    }
  });

  it('say which of their tools change something', () => {
    const tools: Tools = Object.assign({}, ...Object.values(toolsets).map((make) => make()));
    const changing = Object.entries(tools).filter(([, { readOnly }]) => !readOnly);
    const names = changing.map(([name]) => name).sort();
    expect(names).toEqual(['edit_file', 'page_engineer', 'shell', 'write_file']);
  });
});
