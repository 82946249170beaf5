import { expect, test } from 'vitest';
import { decodeChatError, decodeRetryAfter } from '../../src/protocols/index.ts';

const CONTEXT = {
  where: 'POST host/v1/chat/completions',
  model: 'kimi-k2.6',
  hasApiKey: true,
  apiKeyName: 'MOONSHOT_API_KEY',
};
const failure = (type: string, message: string) => ({ error: { type, message } });

function decode(status: number, body: unknown, headers: Record<string, string> = {}) {
  const text = typeof body === 'string' ? body : JSON.stringify(body);
  return decodeChatError({ status, body: text, header: (name) => headers[name] }, CONTEXT);
}

test.each([
  [
    400,
    failure('content_filter', 'The request was rejected because it was considered high risk'),
    'content-filter',
  ],
  [
    400,
    failure(
      'invalid_request_error',
      'Invalid request: Your request exceeded model token limit: 262144 (requested: 274613)',
    ),
    'context-too-long',
  ],
  [400, failure('invalid_request_error', 'Input token length too long'), 'context-too-long'],
  [
    400,
    { object: 'error', message: "This model's maximum context length is 32768 tokens.", code: 400 },
    'context-too-long',
  ],
  [413, 'Request exceeds the maximum size', 'context-too-long'],
  [
    400,
    failure('invalid_request_error', 'invalid temperature: only 1 is allowed for this model'),
    'bad-request',
  ],
  [400, { error: { message: 'kimi is not a valid model ID', code: 400 } }, 'model-not-found'],
  [401, failure('invalid_authentication_error', 'Invalid Authentication'), 'wrong-api-key'],
  [400, failure('incorrect_api_key_error', 'Incorrect API key provided'), 'wrong-api-key'],
  [402, {}, 'quota-exceeded'],
  [403, failure('permission_denied_error', 'API not open'), 'forbidden'],
  [404, failure('resource_not_found_error', 'Not found the model x or Permission denied'), 'model-not-found'],
  [
    404,
    { object: 'error', message: 'The model `x` does not exist.', type: 'NotFoundError', code: 404 },
    'model-not-found',
  ],
  [404, { error: { message: 'model "kimi-k2.6" not found, try pulling it first' } }, 'model-not-found'],
  [404, { detail: 'Not Found' }, 'endpoint-not-found'],
  [404, '<html><title>404</title></html>', 'endpoint-not-found'],
  [404, '', 'endpoint-not-found'],
  [405, { detail: 'Method Not Allowed' }, 'endpoint-not-found'],
  [308, '', 'endpoint-not-found'],
  [429, failure('engine_overloaded_error', 'engine is currently overloaded'), 'overloaded'],
  [429, failure('rate_limit_reached_error', 'request reached TPM rate limit'), 'rate-limited'],
  [429, failure('exceeded_current_quota_error', 'You exceeded your current token quota'), 'quota-exceeded'],
  [429, { error: { message: 'Your account is suspended due to insufficient balance' } }, 'quota-exceeded'],
  [500, failure('server_error', 'oops'), 'server-error'],
  [502, '', 'server-error'],
  [503, failure('server_unavailable', 'later'), 'overloaded'],
  [504, '<html><head><title>504 Gateway Time-out</title></head></html>', 'server-error'],
  [529, '', 'overloaded'],
  [408, '', 'server-error'],
  [
    422,
    { detail: [{ loc: ['body', 'messages'], msg: 'Field required', input: { secret: 1 } }] },
    'bad-request',
  ],
])('%i %j is %s', (status, body, code) => {
  const error = decode(status, body);
  expect(error).toMatchObject({ code, status });
  expect(error.message).toContain(`POST host/v1/chat/completions answered ${status}`);
  expect(error.remedy).toMatch(/^[A-Z].*\.$/);
});

test('what may be tried again is what may succeed later', () => {
  for (const status of [408, 409, 425, 429, 500, 502, 503, 504, 529])
    expect(decode(status, '').retryable).toBe(true);
  for (const status of [400, 401, 403, 404, 413, 422, 501, 505])
    expect(decode(status, '').retryable).toBe(false);
  expect(decode(429, failure('exceeded_current_quota_error', ''), { 'retry-after': '1' })).toMatchObject({
    retryable: false,
    retryAfterMs: undefined,
  });
});

test.each([
  [{ error: { message: 'words', type: 't' } }],
  [{ error: 'words' }],
  [{ message: 'words' }],
  [{ detail: 'words' }],
  [{ code: 20015, message: 'words', data: null }],
  [{ errors: [{ code: 7003, message: 'words' }], success: false }],
  [[{ error: { message: 'words' } }]],
  ['words'],
])('the host’s words are found in %j', (body) => {
  expect(decode(400, body).message).toBe('POST host/v1/chat/completions answered 400: words');
});

test('a FastAPI report names the field and never repeats the request', () => {
  const body = {
    detail: [{ loc: ['body', 'messages', 0], msg: 'Field required', input: { secret: 'abc' } }],
  };
  expect(decode(422, body).message).toMatch(/: body\.messages\.0: Field required$/);
});

test('a page is told by its title', () => {
  expect(decode(504, '<html><title>504 Gateway\n Time-out</title>').message).toMatch(
    /504: a web page titled "504 Gateway Time-out"$/,
  );
});

test('remedies name the key, its platforms, the models and the way out', () => {
  expect(decode(401, '').remedy).toMatch(
    /MOONSHOT_API_KEY.*api\.moonshot\.ai, api\.moonshot\.cn and api\.kimi\.com/,
  );
  const absent = decodeChatError(
    { status: 401, body: '', header: () => undefined },
    { ...CONTEXT, hasApiKey: false },
  );
  expect(absent).toMatchObject({
    code: 'no-api-key',
    remedy: 'No key was sent: set MOONSHOT_API_KEY to a key of this host.',
  });
  const unknown = decodeChatError(
    { status: 404, body: '{"error":{"message":"model not found"}}', header: () => undefined },
    { ...CONTEXT, knownModels: ['a', 'b'] },
  );
  expect(unknown.remedy).toBe('Choose another model than kimi-k2.6; this host has a, b.');
  expect(decode(404, '').remedy).toContain('/v1');
  expect(decode(308, '', { location: 'https://b/v1/x?key=1' }).remedy).toBe(
    'Take as base URL where the host redirects to: https://b/v1/x.',
  );
  const choice = decode(
    400,
    failure('invalid_request_error', "tool_choice 'required' is incompatible with thinking enabled"),
  );
  expect(choice.remedy).toMatch(/thinking off.*auto/);
  const reasoning = decode(400, {
    code: 20015,
    message:
      'thinking is enabled but reasoning_content is missing in assistant tool call message at index 32',
    data: null,
  });
  expect(reasoning.remedy).toContain('reasoning');
});

test('Retry-After is read in every spelling', () => {
  const now = Date.parse('2026-01-01T00:00:00Z');
  const wait = (headers: Record<string, string>) => decodeRetryAfter((name) => headers[name], now);
  expect(wait({ 'retry-after': '3' })).toBe(3000);
  expect(wait({ 'retry-after': '0.5' })).toBe(500);
  expect(wait({ 'retry-after': 'Thu, 01 Jan 2026 00:00:07 GMT' })).toBe(7000);
  expect(wait({ 'retry-after': 'Thu, 01 Jan 2020 00:00:07 GMT' })).toBe(0);
  expect(wait({ 'retry-after-ms': '12', 'retry-after': '3' })).toBe(12);
  expect(wait({ 'x-ratelimit-reset': '9' })).toBe(9000);
  expect(wait({ 'x-ratelimit-reset': '1m30s' })).toBe(90_000);
  expect(wait({ 'x-ratelimit-reset': String(now / 1000 + 5) })).toBe(5000);
  expect(wait({ 'x-ratelimit-reset': String(now + 5) })).toBe(5);
  expect(wait({ 'x-ratelimit-reset': '2026-01-01T00:00:02Z' })).toBe(2000);
  expect(wait({ 'retry-after': '2026-01-01T00:00:02Z' })).toBe(2000);
  expect(wait({ 'retry-after': 'Thursday, 01-Jan-26 00:00:07 GMT' })).toBe(7000);
  expect(wait({})).toBeUndefined();
});

test.each(['soon', '-5', 'soon, 5', '5 apples', '1e3', 'Infinity', '', 'Thu', '2026-13-41T00:00:00Z'])(
  'Retry-After: %s asks for nothing',
  (text) => {
    for (const name of ['retry-after', 'retry-after-ms', 'x-ratelimit-reset']) {
      expect(decodeRetryAfter((asked) => (asked === name ? text : undefined))).toBeUndefined();
    }
  },
);

test('a wait of more than a month is none that anybody means', () => {
  const wait = (text: string) => decodeRetryAfter((name) => (name === 'retry-after' ? text : undefined));
  expect(wait(String(31 * 86_400))).toBe(31 * 86_400_000);
  expect(wait('99999999999')).toBeUndefined();
  expect(wait('Fri, 31 Dec 9999 23:59:59 GMT')).toBeUndefined();
});
