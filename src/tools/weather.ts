import { tool } from '../agent/index.ts';

interface Weather {
  readonly city: string;
  readonly celsius: number;
  readonly condition: string;
  readonly humidity: number;
  readonly windKmh: number;
}

const WEATHER: readonly Weather[] = [
  { city: 'Amsterdam', celsius: 12, condition: 'light rain', humidity: 84, windKmh: 27 },
  { city: 'Beijing', celsius: 24, condition: 'hazy sun', humidity: 41, windKmh: 9 },
  { city: 'Berlin', celsius: 15, condition: 'overcast', humidity: 66, windKmh: 16 },
  { city: 'Cairo', celsius: 33, condition: 'clear', humidity: 22, windKmh: 18 },
  { city: 'London', celsius: 14, condition: 'showers', humidity: 78, windKmh: 21 },
  { city: 'Mexico City', celsius: 22, condition: 'partly cloudy', humidity: 48, windKmh: 11 },
  { city: 'Mumbai', celsius: 30, condition: 'humid and cloudy', humidity: 81, windKmh: 19 },
  { city: 'New York', celsius: 19, condition: 'partly cloudy', humidity: 57, windKmh: 14 },
  { city: 'Paris', celsius: 18, condition: 'sunny', humidity: 52, windKmh: 10 },
  { city: 'San Francisco', celsius: 16, condition: 'fog', humidity: 88, windKmh: 22 },
  { city: 'São Paulo', celsius: 23, condition: 'thunderstorms', humidity: 79, windKmh: 13 },
  { city: 'Sydney', celsius: 21, condition: 'clear', humidity: 55, windKmh: 20 },
  { city: 'Tokyo', celsius: 26, condition: 'cloudy', humidity: 70, windKmh: 12 },
];

/** What `get_weather` is given. */
export interface WeatherInput {
  readonly city: string;
  readonly unit?: 'celsius' | 'fahrenheit';
}

/** The weather in a few cities, made up: a tool to try things with. */
export const getWeather = tool({
  description: 'Current weather in a city. The data is simulated and covers a few large cities only.',
  inputSchema: {
    type: 'object',
    properties: {
      city: { type: 'string', description: 'The name of the city, for example "Paris".', minLength: 1 },
      unit: { type: 'string', enum: ['celsius', 'fahrenheit'], description: 'Default celsius.' },
    },
    required: ['city'],
    additionalProperties: false,
  },
  readOnly: true,
  execute({ city, unit = 'celsius' }: WeatherInput) {
    const found = WEATHER.find((weather) => plain(weather.city) === plain(city));
    if (!found) {
      return {
        error: `There is no weather for ${JSON.stringify(city)} in the simulated data.`,
        known_cities: WEATHER.map((weather) => weather.city),
      };
    }
    return {
      city: found.city,
      temperature: unit === 'celsius' ? found.celsius : Math.round(found.celsius * 1.8 + 32),
      unit,
      condition: found.condition,
      humidity_percent: found.humidity,
      wind_kmh: found.windKmh,
      simulated: true,
    };
  },
});

function plain(name: string): string {
  return name.normalize('NFD').replace(/\p{M}/gu, '').trim().toLowerCase();
}
