/**
 * What is asked for in one turn; the CPU is divided by `units`. `warm`: how many turns of it stand before all that count. Turns
 * are short, so that what else the machine does hits few of them, and hits all subjects alike.
 */
export const WORKS = {
  'non-stream request with a tool call, 50 connections': {
    load: { model: 'tool', stream: false, connections: 50, requests: 1500 },
    unit: 'request',
    units: 1500,
    warm: 8,
    aim: 1.6,
    expect: /get_weather/,
  },
  'one event of a burst stream, 50 connections': {
    load: { model: 'burst-1000', stream: true, connections: 50, requests: 100 },
    unit: 'event',
    units: 100_000,
    warm: 4,
    aim: 1.4,
    expect: /word/,
  },
  'one event of a stream at 100 tokens/s, 50 connections': {
    load: { model: 'paced-300-10', stream: true, connections: 50, requests: 50 },
    unit: 'event',
    units: 15_000,
    warm: 4,
    aim: 1.15,
    expect: /<t/,
  },
  'request with 50 kB of history': {
    load: { model: 'tool', stream: false, connections: 50, requests: 800, kilobytes: 50 },
    unit: 'request',
    units: 800,
    warm: 8,
    aim: 1.3,
    expect: /get_weather/,
  },
  'request of a conversation that grows from 40 to 67 kB in 20 steps': {
    load: { model: 'tool', stream: false, connections: 50, requests: 1000, kilobytes: 40, grows: 20 },
    unit: 'request',
    units: 1000,
    warm: 6,
    aim: 1.3,
    expect: /get_weather/,
  },
  'request of a coding agent over Anthropic Messages: 69 kB of tools, 40 to 67 kB of history that grows': {
    load: {
      model: 'tool',
      stream: false,
      connections: 50,
      requests: 1000,
      kilobytes: 40,
      grows: 20,
      agent: true,
      path: '/v1/messages',
    },
    unit: 'request',
    units: 1000,
    warm: 4,
    aim: '',
    expect: /get_weather/,
  },
};
