/**
 * The functions of an admission. A later version of them gets other names (`_2`), since two versions of the program work on one
 * database while replicas are exchanged.
 */
export function admitFunctions(schema: string): string {
  return `
-- The meter of a key, locked and brought to this second. Not before the lock is had, the clock is read.
CREATE FUNCTION ${schema}.accounts_meter_1(p_key text, p_now float8) RETURNS ${schema}.accounts_meters
LANGUAGE plpgsql AS $$
DECLARE
  m ${schema}.accounts_meters;
  this_second bigint;
  slot int;
BEGIN
  LOOP
    SELECT * INTO m FROM ${schema}.accounts_meters WHERE key = p_key FOR UPDATE;
    EXIT WHEN FOUND;
    INSERT INTO ${schema}.accounts_meters (key) VALUES (p_key) ON CONFLICT DO NOTHING;
  END LOOP;
  this_second := floor(coalesce(p_now, extract(epoch FROM clock_timestamp())));
  -- A clock that went back counts in the latest second that there was.
  IF this_second >= m.second + 61 THEN
    m.requests := array_fill(0::bigint, ARRAY[61]);
    m.tokens := m.requests;
    m.requests_sum := 0;
    m.tokens_sum := 0;
    m.second := this_second;
  END IF;
  WHILE m.second < this_second LOOP
    m.second := m.second + 1;
    slot := m.second % 61 + 1;
    m.requests_sum := m.requests_sum - m.requests[slot];
    m.tokens_sum := m.tokens_sum - m.tokens[slot];
    m.requests[slot] := 0;
    m.tokens[slot] := 0;
  END LOOP;
  RETURN m;
END $$;

-- Milliseconds until one more fits under the limit.
CREATE FUNCTION ${schema}.accounts_wait_1(
  slots bigint[], total bigint, latest bigint, most float8, p_now float8) RETURNS float8
LANGUAGE plpgsql AS $$
DECLARE
  remaining bigint := total;
  this_time float8 := greatest(latest, coalesce(p_now, extract(epoch FROM clock_timestamp())));
BEGIN
  FOR second IN latest - 60 .. latest LOOP
    remaining := remaining - slots[second % 61 + 1];
    IF remaining + 1 <= most THEN RETURN (second + 61 - this_time) * 1000; END IF;
  END LOOP;
  RETURN 60000;
END $$;

-- One request: whether its key is kept and may use the model, whether rates and budget have room; if so, it counts.
CREATE FUNCTION ${schema}.accounts_admit_1(
  p_request text, p_replica text, p_key text, p_hash text, p_model text, p_month text, p_most bigint,
  p_requests float8, p_tokens float8, p_budget bigint, p_now float8,
  OUT verdict text, OUT wait_ms float8, OUT spent_so_far bigint, OUT id text, OUT models text[],
  OUT requests_per_minute float8, OUT tokens_per_minute float8, OUT monthly_budget bigint)
LANGUAGE plpgsql AS $$
DECLARE
  m ${schema}.accounts_meters;
BEGIN
  id := p_key;
  requests_per_minute := p_requests;
  tokens_per_minute := p_tokens;
  monthly_budget := p_budget;
  IF p_hash IS NOT NULL THEN
    SELECT k.id, k.models, k.requests_per_minute, k.tokens_per_minute, k.monthly_budget
      INTO id, models, requests_per_minute, tokens_per_minute, monthly_budget
      FROM ${schema}.accounts_keys k WHERE k.hash = p_hash AND k.revoked_at IS NULL;
    IF NOT FOUND THEN verdict := 'unknown'; RETURN; END IF;
    IF p_model IS NOT NULL AND models IS NOT NULL AND NOT (p_model = ANY (models)) THEN
      verdict := 'forbidden'; RETURN;
    END IF;
  END IF;
  verdict := 'admitted';
  IF requests_per_minute IS NULL AND tokens_per_minute IS NULL AND monthly_budget IS NULL THEN RETURN; END IF;
  m := ${schema}.accounts_meter_1(id, p_now);
  IF monthly_budget IS NOT NULL THEN
    -- Asked again after a lost connection.
    PERFORM 1 FROM ${schema}.accounts_holds h WHERE h.request = p_request;
    IF FOUND THEN RETURN; END IF;
    SELECT s.spent INTO spent_so_far FROM ${schema}.accounts_spent s WHERE s.key = id AND s.month = p_month;
    spent_so_far := coalesce(spent_so_far, 0);
    IF spent_so_far >= monthly_budget THEN verdict := 'spent'; RETURN; END IF;
  END IF;
  IF m.tokens_sum + 1 > tokens_per_minute THEN
    verdict := 'tokens';
    wait_ms := ${schema}.accounts_wait_1(m.tokens, m.tokens_sum, m.second, tokens_per_minute, p_now);
    RETURN;
  END IF;
  IF m.requests_sum + 1 > requests_per_minute THEN
    verdict := 'requests';
    wait_ms := ${schema}.accounts_wait_1(m.requests, m.requests_sum, m.second, requests_per_minute, p_now);
    RETURN;
  END IF;
  IF monthly_budget IS NOT NULL AND p_most > 0 THEN
    IF m.running > 0 AND spent_so_far + m.held + p_most > monthly_budget THEN verdict := 'held'; RETURN; END IF;
    INSERT INTO ${schema}.accounts_holds (request, key, replica, amount) VALUES (p_request, id, p_replica, p_most);
    m.held := m.held + p_most;
    m.running := m.running + 1;
  END IF;
  m.requests[m.second % 61 + 1] := m.requests[m.second % 61 + 1] + 1;
  UPDATE ${schema}.accounts_meters a SET held = m.held, running = m.running, second = m.second,
    requests = m.requests, tokens = m.tokens, requests_sum = m.requests_sum + 1, tokens_sum = m.tokens_sum
    WHERE a.key = id;
END $$;`;
}
